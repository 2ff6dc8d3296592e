// A person's queue: what was recorded on this device, from its safe keeping until the server has answered. The list in
// memory mirrors the database; other tabs and the worker tell by a channel when it changed.

import { isoNow, ofState, sendWaiting } from "./sending.js";
import { uuid7 } from "./uuid7.js";

const FIRST_DELAY_MS = 3_000;
const LONGEST_DELAY_MS = 30_000;
export const SYNC_TAG = "yard-outbox";

export class Outbox {
  #db;
  #channel;
  #entries = [];
  #photos = [];
  #watchers = new Set();
  #timer = 0;
  #delayMs = FIRST_DELAY_MS;
  #running = null;

  constructor(db, { personId, site }) {
    this.#db = db;
    this.personId = personId;
    this.site = site;
    this.reason = ""; // why nothing was sent at the last attempt: unreachable, busy, signed_out, other_person
    this.skewMs = 0;
  }

  // Reads the queue, and begins to send what waits.
  async open() {
    await this.#read();
    this.#channel = new BroadcastChannel(this.#db.name);
    this.#channel.addEventListener("message", () => this.#read().then(() => this.#tell()));
    addEventListener("online", () => this.flush());
    addEventListener("offline", () => this.#tell());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.flush());
    this.flush({ all: true });
    return this;
  }

  // Keeps an event and its photos; resolves with its id once they would survive a loss of power.
  //   draft: the event as the API takes it; id, actor, site and event_time are added where they are missing
  //   photos: [{sha256, blob}]   made: lots that it makes   used: [{code, mass_g, status}] what it does to lots
  async put(draft, { photos = [], made = [], used = [] } = {}) {
    const whole = { id: uuid7(), actor: this.personId, site: this.site, event_time: isoNow(), ...draft };
    const tx = this.#db.transaction(["outbox", "photos", "settings"], "readwrite", { durability: "strict" });
    const seq = ((await tx.objectStore("settings").get("seq")) ?? 0) + 1;
    const entry = { id: whole.id, seq, state: "waiting", draft: whole, made, used, putMs: Date.now() };
    tx.objectStore("settings").put(seq, "seq");
    tx.objectStore("outbox").add(entry);
    for (const { sha256, blob } of photos) {
      tx.objectStore("photos").put({ sha256, blob, site: whole.site, event: whole.id });
    }
    await tx.done;
    this.#entries.push(entry);
    this.#changed();
    this.#later(0);
    registerSync();
    return whole.id;
  }

  // Returns the entries that are not done, oldest first: {id, seq, state: waiting | attention, draft, result, putMs}.
  entries() {
    return this.#entries.filter((entry) => entry.state !== "done");
  }

  // Returns entries whose effect on lots is not in the reference yet: also those done since it was read.
  effects() {
    return this.#entries.filter((entry) => !["rejected", "conflict", "dropped"].includes(entry.result?.status));
  }

  // Returns {waiting, attention}: numbers of what is to be uploaded, and of what asks for somebody.
  counts() {
    const waiting = this.#entries.filter((entry) => entry.state === "waiting").length;
    const attention = this.#entries.filter((entry) => entry.state === "attention").length;
    const photos = this.#photos.filter((photo) => photo.fault).length;
    return { waiting, attention: attention + photos, photos: this.#photos.length };
  }

  // Calls fn after each change; returns what ends it.
  subscribe(fn) {
    this.#watchers.add(fn);
    return () => this.#watchers.delete(fn);
  }

  // Sends what waits, unless somebody does; with all also asks about what is held. Resolves when the attempt is over.
  flush({ all = false } = {}) {
    clearTimeout(this.#timer);
    this.#running ??= this.#attempt(all).finally(() => { this.#running = null; });
    return this.#running;
  }

  async #attempt(all) {
    const progress = async () => {
      await this.#read();
      this.#changed();
    };
    const outcome = await sendWaiting(this.#db, this.personId, { all, onProgress: progress });
    await this.#read();
    if (outcome === undefined) { // another tab or the worker is at it, and tells
      this.#later(this.#delayMs);
      return;
    }
    this.reason = outcome.reason;
    this.#delayMs = outcome.reason && !outcome.sent ? Math.min(this.#delayMs * 2, LONGEST_DELAY_MS) : FIRST_DELAY_MS;
    this.#changed();
    if (outcome.reason) this.#later(Math.max(outcome.retryMs, this.#delayMs));
    else if (this.counts().waiting) this.#later(0); // recorded meanwhile
    else if (this.counts().attention) this.#later(5 * 60_000);
  }

  // Removes an entry that the server refused for good, at a person's wish.
  async discard(id) {
    const entry = await this.#db.get("outbox", id);
    if (entry?.state !== "attention" || entry.result.status === "held") return false;
    const tx = this.#db.transaction(["outbox", "photos"], "readwrite", { durability: "strict" });
    await tx.objectStore("outbox").delete(id);
    for (const photo of await tx.objectStore("photos").getAll()) {
      if (photo.event === id) await tx.objectStore("photos").delete(photo.sha256);
    }
    await tx.done;
    await this.#read();
    this.#changed();
    return true;
  }

  // Drops what was done before a reference was asked for: it holds its effects.
  async forgetDone(beforeMs) {
    const tx = this.#db.transaction("outbox", "readwrite");
    for (const entry of await tx.store.index("by_state").getAll(ofState("done"))) {
      if (entry.doneMs < beforeMs) await tx.store.delete(entry.id);
    }
    await tx.done;
    await this.#read();
    this.#changed();
  }

  // Returns, as JSON, everything that the server has not taken: events as the API takes them, why, and photos.
  async exportText() {
    const kept = this.entries();
    const photos = await Promise.all((await this.#db.getAll("photos")).map(async (photo) => ({
      sha256: photo.sha256, event: photo.event, type: photo.blob.type, base64: await toBase64(photo.blob),
    })));
    const states = kept.map(({ id, seq, state, result, putMs }) => ({ id, device_seq: seq, state, result, put_ms: putMs }));
    const told = { person: this.personId, exported_at: isoNow(), events: kept.map((entry) => entry.draft), states, photos };
    return JSON.stringify(told, null, 1);
  }

  async #read() {
    const entries = await this.#db.getAll("outbox");
    this.#entries = entries.sort((one, other) => one.seq - other.seq);
    this.#photos = await this.#db.getAll("photos");
    this.skewMs = (await this.#db.get("settings", "skewMs")) ?? 0;
  }

  #later(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), ms);
  }

  #changed() {
    this.#channel?.postMessage("changed");
    this.#tell();
  }

  #tell() {
    for (const fn of this.#watchers) fn(this);
  }
}

// Asks the browser to wake the worker when the network is back, also after the page was closed.
async function registerSync() {
  const registration = await navigator.serviceWorker?.getRegistration?.();
  try {
    await registration?.sync?.register(SYNC_TAG);
  } catch {
    // Forbidden by the person, or no such thing here: the page sends by itself.
  }
}

async function toBase64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
