(() => {
  const tell = () => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", tell);
    fetch(location.pathname.replace(/\/+$/, "") + "/vu", { method: "POST", credentials: "omit", keepalive: true });
  };
  document.addEventListener("visibilitychange", tell);
  tell();
})();
