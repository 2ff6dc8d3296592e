// Makes the page an app: the worker that keeps it, and storage that the browser does not clear by itself.

// Returns why the app cannot be kept on this device, "" where it is: plain_http, no_worker.
export async function installApp({ onUpdate }) {
  if (!isSecureContext) return "plain_http";
  if (!navigator.serviceWorker) return "no_worker";
  let isControlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (isControlled) onUpdate();
    isControlled = true; // the first worker is no update
  });
  try {
    const registration = await navigator.serviceWorker.register("/service-worker.js", { type: "module", updateViaCache: "none" });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") registration.update().catch(() => {}); // without a network there is none
    });
    return "";
  } catch {
    return navigator.serviceWorker.controller ? "" : "no_worker";
  }
}

// Asks the browser to keep what is stored, and returns whether nearly no room is left.
export async function keepStorage() {
  if (!navigator.storage?.estimate) return false;
  await navigator.storage.persist?.();
  const { usage, quota } = await navigator.storage.estimate();
  return isNearlyFull(usage, quota);
}

const LEAST_FREE_BYTES = 50 * 1024 * 1024; // a shift's photos

export function isNearlyFull(usage, quota) {
  return quota - usage < LEAST_FREE_BYTES || usage > 0.9 * quota;
}
