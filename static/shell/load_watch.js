// Notices that a script of the page did not load, or that the yard's app does not start, says so and tries again. A plain
// script before all modules: of a module that fails nothing else runs that could tell.

(() => {
  const START_MS = 8_000; // once all files are here, an app that takes longer has stopped
  const PAUSE_MS = 2_000; // before the next attempt, doubled each time
  const LONGEST_MS = 60_000;
  const KEY = "starts-that-failed";
  const root = document.documentElement;
  // An ordinary page does not open itself again, for something may be typed there already.
  const startsApp = "startsApp" in document.currentScript.dataset;
  const isStarted = () => root.dataset.ready !== undefined;
  let hasFailed = false;

  function fail() {
    if (hasFailed) return;
    hasFailed = true;
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", show);
    else show();
    if (startsApp) openAgainSoon();
  }

  function show() {
    const note = document.getElementById("load-failed");
    note.hidden = false;
    note.setAttribute("role", "alert");
    note.classList.add("shown");
  }

  // A server that does not answer would leave the browser's own page in place of ours.
  function openAgainSoon() {
    setTimeout(async () => {
      try {
        await fetch("/livez", { cache: "no-store" });
      } catch {
        return openAgainSoon();
      }
      if (isStarted()) return;
      countFailures(1);
      location.reload();
    }, Math.min(PAUSE_MS * 2 ** countFailures(), LONGEST_MS));
  }

  // Storage may be what does not work: then the pauses are long.
  function countFailures(more = 0) {
    try {
      const count = Number(sessionStorage.getItem(KEY)) + more;
      sessionStorage.setItem(KEY, count);
      return count;
    } catch {
      return Infinity;
    }
  }

  addEventListener("error", ({ target }) => target instanceof HTMLScriptElement && fail(), true);
  if (!startsApp) return;
  addEventListener("error", () => isStarted() || fail());
  addEventListener("unhandledrejection", () => isStarted() || fail());
  addEventListener("load", () => setTimeout(() => isStarted() || fail(), START_MS));
  new MutationObserver(() => countFailures() < Infinity && sessionStorage.removeItem(KEY))
    .observe(root, { attributeFilter: ["data-ready"] });
})();
