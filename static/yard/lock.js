// One sender at a time, of all tabs and the worker. navigator.locks is missing on plain http; there a record in the
// person's database is the lock, which a transaction takes and which ends by itself when its holder died.

const LEASE_MS = 20_000;
const KEY = "lease";

// Runs the work where nobody else does, and returns its value; undefined where somebody else is at it.
export async function withLock(name, db, work) {
  if (globalThis.navigator?.locks) {
    return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? work() : undefined));
  }
  const holder = crypto.getRandomValues(new Uint32Array(2)).join("-");
  if (!(await takeLease(db, holder))) return undefined;
  const renewal = setInterval(() => takeLease(db, holder), LEASE_MS / 4);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await giveBack(db, holder);
  }
}

async function takeLease(db, holder) {
  const tx = db.transaction("settings", "readwrite");
  const held = await tx.store.get(KEY);
  const leftMs = held ? held.untilMs - Date.now() : 0;
  // A lease longer than any is of a clock that was set back since.
  const free = !held || held.holder === holder || leftMs <= 0 || leftMs > LEASE_MS;
  if (free) await tx.store.put({ holder, untilMs: Date.now() + LEASE_MS }, KEY);
  await tx.done;
  return free;
}

async function giveBack(db, holder) {
  const tx = db.transaction("settings", "readwrite");
  if ((await tx.store.get(KEY))?.holder === holder) await tx.store.delete(KEY);
  await tx.done;
}
