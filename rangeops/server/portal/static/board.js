// A board that nobody touches: the screen is kept awake where the browser lets it, and the page is loaded anew every six hours, so
// that it follows the server's own files.
"use strict";

(() => {
  const RELOAD_MS = 6 * 3600 * 1000;
  const begun = Date.now();

  async function keepAwake() {
    if (document.hidden || !("wakeLock" in navigator)) return;
    try {
      await navigator.wakeLock.request("screen");
    } catch {
      return; // the browser says no, as on battery: the screen's own setting decides
    }
  }

  setInterval(() => {
    const isStale = document.querySelector("#board.stale");
    if (!isStale && Date.now() - begun > RELOAD_MS) location.reload();
  }, 60_000);
  document.addEventListener("visibilitychange", keepAwake);
  keepAwake();
})();
