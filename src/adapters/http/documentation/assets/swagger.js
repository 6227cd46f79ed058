"use strict";

// A request under a session cookie needs the CSRF token of the cookie beside it; one with a bearer token does not.
const addCsrfToken = (request) => {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
  if (cookie && !["GET", "HEAD", "OPTIONS"].includes((request.method || "GET").toUpperCase())) {
    request.headers["X-CSRFToken"] = decodeURIComponent(cookie.slice("csrftoken=".length));
  }
  return request;
};

window.addEventListener("load", () => {
  const place = document.getElementById("documentation");
  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    docExpansion: "list",
    filter: true,
    persistAuthorization: false,
    displayOperationId: true,
    validatorUrl: null,
    requestInterceptor: addCsrfToken,
  });
});
