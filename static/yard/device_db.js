// What the device keeps: a database for each person, and a small one that says who worked on this device.

import { openDB } from "../vendor/idb.js";

const PEOPLE_DB = "yard";
const nameOfDb = (personId) => `yard-${personId}`;

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

// Keeps who works on this device now, so that the page finds them without a network. Nobody else is signed in then.
export function rememberPerson({ id, name, site }) {
  return withPeople(async (db) => {
    const tx = db.transaction("people", "readwrite");
    const before = await tx.store.get(id);
    await signOutAll(tx.store);
    tx.store.put({ id, name: name || before?.name || id, site, seenMs: Date.now(), signedIn: true });
    await tx.done;
  });
}

// Keeps that nobody is signed in any more, and forgets what the person knew of the site. What they recorded stays.
export async function forgetSignIn(personId) {
  await withPeople(async (db) => {
    const tx = db.transaction("people", "readwrite");
    await signOutAll(tx.store);
    await tx.done;
  });
  const db = await openPersonDb(personId);
  await db.clear("reference");
  db.close();
}

async function signOutAll(people) {
  for (const person of await people.getAll()) people.put({ ...person, signedIn: false });
}

// Returns everybody who worked on this device, the last one first.
export function listPeople() {
  return withPeople(async (db) => (await db.getAll("people")).sort((one, other) => other.seenMs - one.seenMs));
}

// Returns how many events of everybody else wait on this device: [{name, count}].
export async function listQueuesOfOthers(personId) {
  const queues = [];
  for (const { id, name } of await listPeople()) {
    if (id === personId) continue;
    const db = await openPersonDb(id);
    const entries = await db.getAllFromIndex("outbox", "by_state", IDBKeyRange.bound(["attention", 0], ["waiting", Infinity]));
    const count = entries.filter(({ state }) => state === "waiting" || state === "attention").length;
    db.close();
    if (count) queues.push({ name, count });
  }
  return queues;
}
