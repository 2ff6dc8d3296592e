// Keeps the app on the device: its files, and the page that needs no network. What is recorded lies in IndexedDB, which no
// update touches. Answers of the server about the book are never kept, nor is any page of a person.

import { listPeople, openPersonDb } from "./device_db.js";
import { SYNC_TAG, sendWaiting } from "./sending.js";

const APP = { version: "", folder: "", files: [] }; // filled in by the server
const CACHE = `yard-app-${APP.version}`;
const SHELL = "/yard/offline";
const PATIENCE_MS = 4_000; // for the app's page: beyond that what is kept is better than a blank screen
const kept = new Set(APP.files);

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(keepFiles());
});
addEventListener("activate", (event) => event.waitUntil(removeOldCaches().then(() => clients.claim())));

async function keepFiles() {
  const cache = await caches.open(CACHE);
  await Promise.all(APP.files.map((name) => keep(cache, APP.folder + name)));
  await keep(cache, SHELL);
}

// Keeps an answer of this very version: the server may have got another one meanwhile, whose worker will follow.
async function keep(cache, address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok || answer.headers.get("X-App-Version") !== APP.version) throw new Error(`${address} is of another version`);
  await cache.put(address, answer);
}

async function removeOldCaches() {
  for (const name of await caches.keys()) {
    if (name.startsWith("yard-app-") && name !== CACHE) await caches.delete(name);
  }
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(openPage(event, pathname));
  else if (pathname.startsWith(APP.folder)) event.respondWith(giveFile(request, pathname));
  else if (pathname.startsWith("/static/")) {
    const name = decodeURIComponent(pathname.slice("/static/".length));
    if (kept.has(name)) event.respondWith(askFirst(request, APP.folder + name));
  }
});

// A page comes from the server; without a network, and of the app also where the server fails or is slow, from what is kept.
async function openPage(event, pathname) {
  const shell = await find(SHELL);
  const isApp = pathname === "/yard" && shell !== undefined;
  try {
    const answer = await (isApp && (await mayHurry(event.request)) ? within(PATIENCE_MS, fetch(event.request)) : fetch(event.request));
    if (isApp && answer.status >= 500) return shell;
    if (isApp && answer.ok) event.waitUntil(renewShell());
    return answer;
  } catch (error) {
    if (shell) return shell;
    throw error;
  }
}

// Whether what is kept may stand in for a slow server: where the app is opened by somebody who is signed in on this device
// already. Whoever comes from the sign-in page waits, for only the server knows yet who that is.
async function mayHurry({ referrer }) {
  if (referrer.startsWith(location.origin) && new URL(referrer).pathname !== "/yard") return false;
  return (await listPeople()).some(({ signedIn }) => signedIn);
}

// The language of the browser may be another now.
async function renewShell() {
  try {
    await keep(await caches.open(CACHE), SHELL);
  } catch {
    // The one that is kept still serves.
  }
}

async function giveFile(request, pathname) {
  return (await find(pathname)) ?? fetch(request);
}

// Which version of a file other pages use is theirs to say: they may be newer.
async function askFirst(request, address) {
  try {
    return await fetch(request);
  } catch (error) {
    const file = await find(address);
    if (file) return file;
    throw error;
  }
}

async function find(address) {
  return (await caches.open(CACHE)).match(address, { ignoreVary: true });
}

function within(ms, promise) {
  const late = new Promise((_, refuse) => setTimeout(refuse, ms, new Error("no answer in time")));
  return Promise.race([promise, late]);
}

// --- the queue, when the network is back after the page was closed ----------------------------------------------------

addEventListener("sync", (event) => {
  if (event.tag === SYNC_TAG) event.waitUntil(sendQueues());
});

// Sends what waits of whoever is signed in on this device. Throws where the browser is to try again later.
async function sendQueues() {
  for (const person of (await listPeople()).filter((one) => one.signedIn)) {
    const db = await openPersonDb(person.id);
    const channel = new BroadcastChannel(db.name);
    try {
      const outcome = await sendWaiting(db, person.id, { onProgress: () => channel.postMessage("changed") });
      channel.postMessage("changed");
      if (["unreachable", "busy"].includes(outcome?.reason)) throw new Error(outcome.reason);
    } finally {
      channel.close();
      db.close();
    }
  }
}
