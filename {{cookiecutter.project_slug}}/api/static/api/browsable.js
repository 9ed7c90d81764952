// Sends the forms of the browsable API whose button names a method, and shows the response.
document.addEventListener("submit", async (event) => {
  const method = event.submitter?.dataset.method;
  if (!method) return;
  event.preventDefault();
  const { action, elements } = event.target;
  const headers = { Accept: "text/html" };
  if (elements._content_type) headers["Content-Type"] = elements._content_type.value;
  if (elements.csrfmiddlewaretoken) headers["X-CSRFToken"] = elements.csrfmiddlewaretoken.value;
  let page;
  try {
    const response = await fetch(action, { method, headers, body: elements._content?.value });
    page = await response.text();
  } catch {
    alert("The server did not respond. Try again.");
    return;
  }
  document.open();
  document.write(page);
  document.close();
});
