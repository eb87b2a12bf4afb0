// Before the first paint: the theme this browser was told to show. Behind it: the page's own script. A file of its own, because the page may hold no
// inline script.
(function () {
  var theme = null;
  try {
    theme = localStorage.getItem('mlx-manager.theme');
  } catch {
    // A browser that keeps nothing: the theme is the system's.
  }
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

  // Milliseconds after which a browser that paints nothing is not waited for.
  var LONGEST = 250;
  var main = document.currentScript.dataset.main;
  var scripts = document.currentScript.dataset.scripts;
  // While the page is developed, it names its script itself.
  if (main === undefined) return;
  function begin() {
    if (main === null) return;
    // Those that it needs, at once and not one behind the other.
    scripts.split(' ').forEach(function (href) {
      if (href === '') return;
      var link = document.createElement('link');
      link.rel = 'modulepreload';
      link.crossOrigin = 'anonymous';
      link.href = href;
      document.head.append(link);
    });
    var script = document.createElement('script');
    script.type = 'module';
    script.crossOrigin = 'anonymous';
    script.src = main;
    main = null;
    document.head.append(script);
  }
  document.addEventListener('DOMContentLoaded', function () {
    if (document.getElementById('picture') === null || document.hidden) {
      begin();
      return;
    }
    // A frame's callbacks run before it is painted, a timer that they set behind it.
    requestAnimationFrame(function () {
      setTimeout(begin);
    });
    setTimeout(begin, LONGEST);
  });
})();
