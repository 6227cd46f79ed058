"use strict";

window.addEventListener("load", () => {
  const place = document.getElementById("documentation");
  window.Redoc.init(
    place.dataset.schema,
    { hideDownloadButton: false, nativeScrollbars: true, requiredPropsFirst: true, sortTagsAlphabetically: false },
    place,
  );
});
