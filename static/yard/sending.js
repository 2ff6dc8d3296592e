// Sends what waits in a person's queue, for the page and for the worker alike. An entry leaves the queue only by an answer
// about its own id; whatever else happens (no network, a lost answer, a page of a hotel's network) keeps it, and the
// server recognises what it had before.

import { withLock } from "./lock.js";

export const ADDRESS = "/api/v1/events";
const PHOTOS = "/yard/photos";
export const SYNC_TAG = "yard-outbox"; // by which the browser wakes the worker when the network is back
const MOST = 200; // events of one message
const ASK_AGAIN_MS = 5 * 60_000; // how often one asks what became of what is held
const ANSWER_MS = 30_000;

const DONE = new Set(["created", "duplicate", "resolved"]);
const ATTENTION = new Set(["held", "rejected", "conflict", "dropped"]);
const LATER = "later"; // the supervisor's inbox is full of this person's: the server kept nothing
const HEAD = ["sent_at", "person"]; // what a message says beside its drafts
const CYCLE_MS = 200 * 36_525 * 864_000; // 200 years of 365.25 days, from 1970 on: inside the years that the server takes

// What ends an attempt before its end, with the reason that the status bar tells.
class Stopped extends Error {
  constructor(reason, retryMs = 0) {
    super(reason);
    this.reason = reason;
    this.retryMs = retryMs;
  }
}

// Sends everything that waits; returns {reason, retryMs, sent}: reason "" where nothing is left, undefined where another
// tab or the worker is sending.
export function sendWaiting(db, personId, { onProgress = () => {}, all = false } = {}) {
  // Nothing leaves a device that has no network at all, so what waits is not marked as sent and can still be withdrawn.
  if (navigator.onLine === false) return Promise.resolve({ reason: "unreachable", retryMs: 0, sent: 0 });
  return withLock(`yard-outbox-${personId}`, db, async () => {
    const askedBefore = Date.now() - (all ? 0 : ASK_AGAIN_MS);
    let sent = 0;
    try {
      let most = MOST;
      for (let batch = await nextBatch(db, most, askedBefore); batch.length; batch = await nextBatch(db, most, askedBefore)) {
        const outcome = await sendBatch(db, personId, batch);
        if (outcome === "halve") {
          most = Math.max(1, Math.floor(batch.length / 2));
          continue;
        }
        sent += batch.length;
        await onProgress();
      }
      await sendPhotos(db, onProgress);
      return { reason: "", retryMs: 0, sent };
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      return { reason: error.reason, retryMs: error.retryMs, sent };
    }
  });
}

// Returns what waits, in the order of its recording; then what is held and was not asked about for a while. What the server
// put off comes again after a while, and what is behind it does not wait for it. What is returned is marked as sent: from
// then on it cannot be withdrawn.
async function nextBatch(db, most, askedBefore) {
  const tx = db.transaction("outbox", "readwrite", { durability: "strict" });
  const all = await tx.store.index("by_state").getAll(ofState("waiting"));
  const waiting = all.filter((entry) => !(entry.putOffMs >= askedBefore)).slice(0, most);
  for (const entry of waiting) if (!entry.sentMs) tx.store.put({ ...entry, sentMs: Date.now() });
  await tx.done;
  if (waiting.length) return waiting;
  const kept = await db.getAllFromIndex("outbox", "by_state", ofState("attention"));
  return kept.filter((entry) => entry.result.status === "held" && entry.askedMs < askedBefore).slice(0, most);
}

// Returns the range of the entries of a state in the index by_state, in the order of their recording.
export function ofState(state) {
  return IDBKeyRange.bound([state, 0], [state, Infinity]);
}

async function sendBatch(db, personId, batch) {
  const message = { sent_at: isoNow(), person: personId, events: batch.map((entry) => entry.draft) };
  const answer = await ask(db, ADDRESS, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) });
  if (answer.status === 200) {
    if (!Array.isArray(answer.told?.results)) throw new Stopped("unreachable"); // not our server's answer
    await settle(db, batch, answer.told.results);
    return "sent";
  }
  refuseToGoOn(answer);
  if (isOfHead(answer.told)) throw new Stopped("unreachable"); // no draft is to blame
  if (batch.length > 1) return "halve"; // one of them is why; alone it will say so
  await settle(db, batch, [{ status: "rejected", error: answer.told ?? { status: answer.status } }]);
  return "sent";
}

// Throws where the refusal is about the moment or the session, and not about what was sent.
function refuseToGoOn({ status, told }) {
  if (status === 401) throw new Stopped("signed_out");
  if (status === 403 && told?.code === "queue.other_person") throw new Stopped("other_person");
  if (status === 403 && ["http.foreign_origin", "password.one_time"].includes(told?.code)) throw new Stopped("signed_out");
  if (!told?.code && status !== 413) throw new Stopped("unreachable"); // a proxy's page: we were not heard
}

// Whether a message was refused for what it says beside its drafts.
function isOfHead(told) {
  return Array.isArray(told?.errors) && told.errors.length > 0 && told.errors.every(({ path }) => HEAD.includes(path));
}

// Notes each result at the entry of its id.
async function settle(db, batch, results) {
  const byId = new Map(results.map((result, place) => [result.event || batch[place]?.id, result]));
  const tx = db.transaction("outbox", "readwrite", { durability: "strict" });
  let settled = 0;
  for (const { id } of batch) {
    const result = byId.get(id);
    const entry = await tx.store.get(id);
    if (!entry || entry.state === "done" || !result) continue;
    if (DONE.has(result.status)) {
      await tx.store.put({ ...entry, state: "done", result, doneMs: Date.now() });
    } else if (ATTENTION.has(result.status)) {
      await tx.store.put({ ...entry, state: "attention", result, askedMs: Date.now() });
      if (entry.undoes && result.status !== "held") await standAgain(tx.store, entry.undoes);
    } else if (result.status === LATER) {
      await tx.store.put({ ...entry, sentMs: undefined, putOffMs: Date.now() }); // the server has none of it
    } else continue; // a status of a later version: the answer is not understood, so it is no answer
    settled += 1;
  }
  await tx.done;
  if (!settled) throw new Stopped("unreachable");
}

// What was to be taken back stands, where that was refused.
async function standAgain(store, id) {
  const { undoneBy, ...entry } = (await store.get(id)) ?? {};
  if (undoneBy) await store.put(entry);
}

async function sendPhotos(db, onProgress) {
  for (const key of await db.getAllKeys("photos")) {
    const photo = await db.get("photos", key);
    if (!photo || photo.fault) continue;
    const address = `${PHOTOS}?site=${encodeURIComponent(photo.site)}&sha256=${photo.sha256}`;
    const answer = await ask(db, address, { headers: { "Content-Type": photo.blob.type || "image/jpeg" }, body: photo.blob });
    if (answer.told?.sha256) await db.delete("photos", key);
    else {
      refuseToGoOn(answer);
      await db.put("photos", { ...photo, fault: answer.told ?? { status: answer.status } });
    }
    await onProgress();
  }
}

// Returns {status, told}: the answer's status and its JSON, undefined where it is none. Throws Stopped where there is no
// answer, or one that is about the moment only.
async function ask(db, address, options) {
  const startMs = Date.now();
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), ANSWER_MS);
  try {
    const answer = await fetch(address, {
      method: "POST", credentials: "same-origin", cache: "no-store", redirect: "manual", signal: patience.signal, ...options,
    });
    await noteClock(db, answer, startMs);
    const { status } = answer;
    // The interface never redirects: somebody stands in between.
    if (answer.type === "opaqueredirect") throw new Stopped("unreachable");
    if ([408, 425, 429].includes(status) || status >= 500) {
      throw new Stopped(status === 429 ? "busy" : "unreachable", retryAfter(answer));
    }
    return { status, told: await readJson(answer) };
  } catch (error) {
    throw error instanceof Stopped ? error : new Stopped("unreachable");
  } finally {
    clearTimeout(timer);
  }
}

// Keeps by how much the device's clock is behind the server's, in ms.
export async function noteClock(db, answer, startMs) {
  const theirs = Date.parse(answer.headers.get("Date") ?? "");
  if (Number.isNaN(theirs)) return;
  await db.put("settings", theirs + 500 - (startMs + Date.now()) / 2, "skewMs");
}

function retryAfter(answer) {
  const told = answer.headers.get("Retry-After") ?? "";
  const ms = /^\d+$/.test(told) ? Number(told) * 1000 : Date.parse(told) - Date.now();
  return ms > 0 ? Math.min(ms, 10 * 60_000) : 0;
}

async function readJson(answer) {
  try {
    return await answer.json();
  } catch {
    return undefined; // cut off, or a page of somebody else
  }
}

// Returns the moment on the device's clock, with its offset, as drafts and messages state it. A clock in a year that the
// server does not take is told by whole cycles less: the server corrects times by what lies between those of a draft and of
// its message, and that stays.
export function isoNow(now = new Date()) {
  const date = new Date(((now.getTime() % CYCLE_MS) + CYCLE_MS) % CYCLE_MS);
  const offset = -date.getTimezoneOffset();
  const two = (number) => String(Math.abs(number)).padStart(2, "0");
  const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1);
  return `${local}${offset < 0 ? "-" : "+"}${two(Math.trunc(offset / 60))}:${two(offset % 60)}`;
}
