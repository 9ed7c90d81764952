// Swagger UI's <main> contains the operations only: make a landmark of what is above it, too.
new MutationObserver((mutations, observer) => {
  const information = document.querySelector(".information-container");
  if (!information) return;
  information.setAttribute("role", "region");
  information.setAttribute("aria-label", "About the web API");
  observer.disconnect();
}).observe(document.getElementById("swagger-ui"), { childList: true, subtree: true });
