// A person's queue: what was recorded on this device, from its safe keeping until the server has answered. The list in
// memory mirrors the database; other tabs and the worker tell by a channel when it changed.

import { SYNC_TAG, isoNow, ofState, sendWaiting } from "./sending.js";
import { uuid7 } from "./uuid7.js";

const FIRST_DELAY_MS = 1_000; // one answer may get lost; then from 3 s on, doubled each time
const SECOND_DELAY_MS = 3_000;
const LONGEST_DELAY_MS = 30_000;
const HELD_DELAY_MS = 5 * 60_000;
const BUSY_DELAY_MS = 1_000;
const READ_DELAY_MS = 50;
const KEPT_MS = 2 * 86_400_000; // how long one may look up what was done

export class Outbox {
  #db;
  #channel;
  #entries = [];
  #photos = [];
  #watchers = new Set();
  #timer = 0;
  #delayMs = FIRST_DELAY_MS;
  #running = null;
  #reading = 0;
  #state = 0; // counts what was put into the list beside the database

  constructor(db, { personId, site }) {
    this.#db = db;
    this.personId = personId;
    this.site = site;
    this.reason = ""; // why nothing was sent at the last attempt: unreachable, busy, signed_out, other_person, failed
    this.skewMs = 0;
  }

  // Reads the queue, and begins to send what waits.
  async open() {
    await this.#read();
    this.#channel = new BroadcastChannel(this.#db.name);
    this.#channel.addEventListener("message", () => this.#readSoon());
    addEventListener("online", () => {
      this.#delayMs = FIRST_DELAY_MS;
      this.flush();
    });
    addEventListener("offline", () => this.#tell());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.flush());
    this.flush({ all: true });
    return this;
  }

  // Keeps an event and its photos; resolves with its id once they would survive a loss of power.
  //   draft: the event as the API takes it; id, actor, site and event_time are added where they are missing
  //   photos: [{sha256, blob}]   made: lots that it makes   used: [{code, mass_g, status}] what it does to lots
  //   undoes: the id of an entry that it takes back   whatever else is kept with the entry
  async put(draft, { photos = [], made = [], used = [], ...more } = {}) {
    const whole = { id: uuid7(), actor: this.personId, site: this.site, event_time: isoNow(), ...draft };
    const tx = this.#db.transaction(["outbox", "photos", "settings"], "readwrite", { durability: "strict" });
    const outbox = tx.objectStore("outbox");
    const seq = ((await tx.objectStore("settings").get("seq")) ?? 0) + 1;
    tx.objectStore("settings").put(seq, "seq");
    const entry = { ...more, id: whole.id, seq, state: "waiting", draft: whole, made, used, putMs: Date.now() };
    outbox.add(entry);
    for (const { sha256, blob } of photos) {
      tx.objectStore("photos").put({ sha256, blob, site: whole.site, event: whole.id });
    }
    const undone = more.undoes && (await outbox.get(more.undoes));
    if (undone) outbox.put({ ...undone, undoneBy: whole.id });
    await tx.done;
    if (photos.length || undone) await this.#read();
    else this.#mirror(entry);
    this.#changed();
    if (!this.reason) this.#later(0); // else the next attempt is on its way already
    registerSync();
    return whole.id;
  }

  // Takes an entry back that was never sent; returns whether it was. What was sent once may be recorded, answer or not.
  withdraw(id) {
    const isOurs = (entry) => entry.state === "waiting" && !entry.sentMs;
    return this.#settle(id, isOurs, (outbox, entry) => outbox.put({ ...entry, state: "withdrawn", doneMs: Date.now() }));
  }

  // Removes an entry that the server refused for good, at a person's wish; returns whether it was such.
  discard(id) {
    const isForGood = (entry) => entry.state === "attention" && entry.result.status !== "held";
    return this.#settle(id, isForGood, (outbox) => outbox.delete(id));
  }

  // Does something to an entry and drops its photos, where the entry is such; returns whether it was.
  async #settle(id, isSuch, act) {
    const tx = this.#db.transaction(["outbox", "photos"], "readwrite", { durability: "strict" });
    const outbox = tx.objectStore("outbox");
    const entry = await outbox.get(id);
    const isMeant = Boolean(entry && isSuch(entry));
    if (isMeant) {
      act(outbox, entry);
      await removePhotos(tx, id);
    }
    await tx.done;
    if (isMeant) {
      await this.#read();
      this.#changed();
    }
    return isMeant;
  }

  // Returns the entries that still need something, oldest first: {id, seq, state: waiting | attention, draft, result, putMs}.
  entries() {
    return this.#entries.filter((entry) => entry.state === "waiting" || entry.state === "attention");
  }

  // Returns all entries of the last days, oldest first; their state may be done or withdrawn too.
  history() {
    return this.#entries;
  }

  // Returns entries whose effect on lots is not in the reference yet: also those done since it was read.
  effects() {
    return this.#entries.filter((entry) => entry.state !== "withdrawn" && !entry.undoneBy && !entry.absorbed && !isRefused(entry));
  }

  // Returns {waiting, attention, putOff}: numbers of events that are to be uploaded, be it a photo of theirs, of those that
  // ask for somebody, and of those that wait because the server asked to send them later.
  counts() {
    const count = (state, hasFault) => new Set([
      ...this.#entries.filter((entry) => entry.state === state).map((entry) => entry.id),
      ...this.#photos.filter((photo) => Boolean(photo.fault) === hasFault).map((photo) => photo.event),
    ]).size;
    const putOff = this.#entries.filter((entry) => entry.state === "waiting" && entry.putOffMs).length;
    return { waiting: count("waiting", false), attention: count("attention", true), putOff };
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
    let outcome;
    try {
      outcome = await sendWaiting(this.#db, this.personId, { all, onProgress: progress });
      await this.#read();
    } catch (error) {
      console.error(error);
      outcome = { reason: "failed", retryMs: LONGEST_DELAY_MS, sent: 0 }; // the storage of the device, not the network
    }
    if (outcome === undefined) { // another tab or the worker is at it, and tells
      this.#later(BUSY_DELAY_MS);
      return;
    }
    this.reason = outcome.reason;
    this.#tell();
    if (outcome.sent) this.#delayMs = FIRST_DELAY_MS;
    const { waiting, attention, putOff } = this.counts();
    if (outcome.reason) {
      this.#later(outcome.retryMs || this.#delayMs);
      this.#delayMs = Math.min(Math.max(SECOND_DELAY_MS, this.#delayMs * 2), LONGEST_DELAY_MS);
      return;
    }
    this.#delayMs = FIRST_DELAY_MS;
    if (waiting > putOff) this.#later(0); // recorded meanwhile
    else if (waiting || attention) this.#later(HELD_DELAY_MS);
  }

  // Notes that the reference asked for at a moment holds the effects of what was done before it; drops what is old.
  async absorbDone(beforeMs) {
    const tx = this.#db.transaction("outbox", "readwrite");
    for (const state of ["done", "withdrawn"]) {
      for (const entry of await tx.store.index("by_state").getAll(ofState(state))) {
        if (entry.doneMs < beforeMs - KEPT_MS) await tx.store.delete(entry.id);
        else if (entry.doneMs < beforeMs && !entry.absorbed) await tx.store.put({ ...entry, absorbed: true });
      }
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

  // Reads the database into the list; again where something was kept meanwhile that the list would lack.
  async #read() {
    const state = this.#state;
    const [entries, photos, skewMs] = await Promise.all([
      this.#db.getAll("outbox"), this.#db.getAll("photos"), this.#db.get("settings", "skewMs"),
    ]);
    if (state !== this.#state) return this.#read();
    this.#entries = entries.sort((one, other) => one.seq - other.seq);
    this.#photos = photos;
    this.skewMs = skewMs ?? 0;
  }

  // Puts an entry into the list that was kept just now, unless the list was read since.
  #mirror(entry) {
    this.#state += 1;
    if (this.#entries.at(-1)?.id !== entry.id && !this.#entries.some(({ id }) => id === entry.id)) this.#entries.push(entry);
  }

  // Other tabs tell of each change; one look is enough for many.
  #readSoon() {
    this.#reading ||= setTimeout(() => {
      this.#reading = 0;
      this.#read().then(() => this.#tell());
    }, READ_DELAY_MS);
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

function isRefused(entry) {
  return ["rejected", "conflict", "dropped"].includes(entry.result?.status);
}

async function removePhotos(tx, event) {
  const photos = tx.objectStore("photos");
  for (const photo of await photos.getAll()) {
    if (photo.event === event) await photos.delete(photo.sha256);
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
