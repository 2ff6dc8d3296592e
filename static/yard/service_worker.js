// Keeps the app on the device: its files, and the page that needs no network. The queue is in IndexedDB, which no update
// touches.

const APP = { version: "", files: [] };
const CACHE = `yard-app-${APP.version}`;
const FILES = `/yard/files/${APP.version}/`;
const SHELL = "/yard/offline";
const kept = new Set(APP.files);

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(keepFiles());
});
addEventListener("activate", (event) => event.waitUntil(removeOldCaches().then(() => clients.claim())));

async function keepFiles() {
  const cache = await caches.open(CACHE);
  await cache.addAll(APP.files.map((name) => FILES + name));
  await keepShell(cache);
}

// The page of nobody: no name, no session. In the language that the browser has just now.
async function keepShell(cache) {
  const answer = await fetch(SHELL, { cache: "no-store", credentials: "same-origin" });
  if (answer.ok && answer.headers.get("X-App-Version") === APP.version) await cache.put(SHELL, answer);
}

async function removeOldCaches() {
  for (const name of await caches.keys()) {
    if (name.startsWith("yard-app-") && name !== CACHE) await caches.delete(name);
  }
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(openPage(event));
  else if (address.pathname.startsWith(FILES)) event.respondWith(giveFile(request, address.pathname.slice(FILES.length)));
  else if (address.pathname.startsWith("/static/")) {
    const name = decodeURIComponent(address.pathname.slice("/static/".length));
    if (kept.has(name)) event.respondWith(askFirst(request, name));
  }
});

// A page comes from the server, and without a network from what is kept: the app, whatever page was asked for.
async function openPage(event) {
  try {
    const answer = await fetch(event.request);
    if (new URL(event.request.url).pathname === "/yard" && answer.ok) {
      event.waitUntil(caches.open(CACHE).then(keepShell).catch(() => {})); // its language may be another now
    }
    return answer;
  } catch (error) {
    const shell = await (await caches.open(CACHE)).match(SHELL);
    if (shell) return shell;
    throw error;
  }
}

async function giveFile(request, name) {
  const cache = await caches.open(CACHE);
  return (await cache.match(FILES + name)) ?? fetch(request);
}

// What other pages use of the app's files is theirs to choose: they may be of a newer version.
async function askFirst(request, name) {
  try {
    return await fetch(request);
  } catch (error) {
    const file = await (await caches.open(CACHE)).match(FILES + name);
    if (file) return file;
    throw error;
  }
}
