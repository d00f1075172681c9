// Sets light or dark before the first paint, so that nothing flashes.
(() => {
  const root = document.documentElement;
  const wanted = () => {
    let kept = null;
    try { kept = localStorage.getItem("waymark-look"); } catch { /* storage may be switched off */ }
    return kept || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  };
  const apply = () => {
    const look = wanted();
    root.dataset.look = look;
    if (document.body) document.body.classList.toggle("dark", look === "dark");
  };
  apply();
  document.addEventListener("DOMContentLoaded", apply);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  window.waymarkLook = apply;
})();
