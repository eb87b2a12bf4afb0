// Before the first paint: the theme this browser was told to show. A file of its own, because the page may hold no inline script.
(function () {
  var theme = null;
  try {
    theme = localStorage.getItem('mlx-manager.theme');
  } catch {
    // A browser that keeps nothing: the theme is the system's.
  }
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
})();
