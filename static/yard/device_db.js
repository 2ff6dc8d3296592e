// What the device keeps: a database for each person, and a small one that says who worked on this device.

import { openDB } from "../vendor/idb.js";

const PEOPLE_DB = "yard";
export const nameOfDb = (personId) => `yard-${personId}`;

// Opens the database of a person: their queue, its photos, what they know of sites, settings.
export function openPersonDb(personId) {
  return openDB(nameOfDb(personId), 1, {
    upgrade(db) {
      db.createObjectStore("outbox", { keyPath: "id" }).createIndex("by_state", ["state", "seq"]);
      db.createObjectStore("photos", { keyPath: "sha256" });
      db.createObjectStore("reference", { keyPath: "site" });
      db.createObjectStore("settings");
    },
    blocking: (current, wanted, { target }) => target.close(), // a newer page waits for us
  });
}

function openPeopleDb() {
  return openDB(PEOPLE_DB, 1, {
    upgrade: (db) => db.createObjectStore("people", { keyPath: "id" }),
    blocking: (current, wanted, { target }) => target.close(),
  });
}

async function withPeople(work) {
  const db = await openPeopleDb();
  try {
    return await work(db);
  } finally {
    db.close();
  }
}

// Keeps who works on this device now, so that the page finds them without a network.
export function rememberPerson({ id, name, site }) {
  return withPeople((db) => db.put("people", { id, name, site, seenMs: Date.now(), signedIn: true }));
}

// Keeps that nobody is signed in any more; what they recorded stays.
export function forgetSignIn() {
  return withPeople(async (db) => {
    const tx = db.transaction("people", "readwrite");
    for (const person of await tx.store.getAll()) tx.store.put({ ...person, signedIn: false });
    await tx.done;
  });
}

// Returns everybody who worked on this device, the last one first.
export function listPeople() {
  return withPeople(async (db) => (await db.getAll("people")).sort((one, other) => other.seenMs - one.seenMs));
}
