// Sends the forms of the browsable API whose button names a method, and shows the response.
document.addEventListener("submit", async (event) => {
  const method = event.submitter?.dataset.method;
  if (!method) return;
  event.preventDefault();
  const form = event.target;
  const { elements } = form;
  const headers = { Accept: "text/html" };
  if (elements._content_type) headers["Content-Type"] = elements._content_type.value;
  if (elements.csrfmiddlewaretoken) headers["X-CSRFToken"] = elements.csrfmiddlewaretoken.value;
  const isMultipart = form.enctype === "multipart/form-data";
  const body = isMultipart ? new FormData(form) : elements._content?.value;
  let page;
  try {
    const response = await fetch(form.getAttribute("action"), { method, headers, body });
    page = await response.text();
  } catch {
    alert("The server did not respond. Try again.");
    return;
  }
  document.open();
  document.write(page);
  document.close();
});
