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
  // Milliseconds until the agent is looked for anew.
  var AGAIN = 1000;
  var main = document.currentScript.dataset.main;
  var scripts = document.currentScript.dataset.scripts;
  // While the page is developed, it names its script itself.
  if (main === undefined) return;
  // A picture that nothing will take the place of looks as if it could be used.
  function tell(what) {
    var picture = document.getElementById('picture');
    var place = picture || document.getElementById('root') || document.body;
    if (picture === null && place.childElementCount > 0) return;
    var text = document.createElement('p');
    text.setAttribute('role', 'alert');
    text.style.padding = '24px';
    var link = document.createElement('a');
    link.href = '';
    link.textContent = 'Load it again';
    text.append(what + ' ', link);
    if (picture !== null) picture.inert = false;
    place.replaceChildren(text);
  }
  // A script that could not be fetched once is not asked for again by the same page.
  function again() {
    setTimeout(function () {
      fetch('/begin.js', { cache: 'no-store' }).then(function (answer) {
        if (answer.ok) location.reload();
        else again();
      }, again);
    }, AGAIN);
  }
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
    script.onerror = function () {
      tell('The agent ended while this page was sent.');
      again();
    };
    window.addEventListener('error', function (event) {
      if (event instanceof ErrorEvent) tell('This page could not be started: ' + event.message);
    });
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
