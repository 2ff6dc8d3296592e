// Today at this site: what the server told of everybody's records, and what this device recorded since.

const DAY_MS = 86_400_000;
const SHANGHAI_MS = 8 * 3_600_000;
const dayOf = (moment_ms) => Math.floor((moment_ms + SHANGHAI_MS) / DAY_MS);
const isToday = (moment_ms) => dayOf(moment_ms) === dayOf(Date.now());
const isTakenBack = (entry) => entry.state === "withdrawn" || Boolean(entry.undoneBy);

// Return the entries of today that the server has not told of yet: what waits, and what it took since.
export function waitingToday(app) {
  const told = new Set((app.reference.today ?? []).map((event) => event.id));
  const isNew = (entry) => !told.has(entry.id) && !isTakenBack(entry) && entry.draft.kind !== "correct";
  return app.entries().filter((entry) => isNew(entry) && isToday(entry.putMs));
}

// Return what the server told of today by everybody, without what this device takes back.
export function recordedToday(app) {
  const undone = new Set(app.entries().filter((entry) => entry.undoes && entry.state !== "attention").map((entry) => entry.undoes));
  return (app.reference.today ?? []).filter((event) => isToday(event.record_ms) && !undone.has(event.id));
}

// Return { material, count, mass_g } of what was collected today, the most first.
export function totalsToday(app) {
  const isCollected = ({ kind }) => kind === "collect";
  const told = recordedToday(app).filter(isCollected);
  const own = waitingToday(app).filter((entry) => isCollected(entry.draft));
  const totals = new Map();
  for (const { material, mass_g } of [...told, ...own].flatMap((one) => one.made)) {
    const sum = totals.get(material) ?? { material, count: 0, mass_g: 0 };
    totals.set(material, { material, count: sum.count + 1, mass_g: sum.mass_g + mass_g });
  }
  return [...totals.values()].sort((one, other) => other.mass_g - one.mass_g);
}

// Return the entry by which an event of this person may be taken back: that of this device, or one made of what was told.
export function entryOfEvent(app, event) {
  const kept = app.entries().find((entry) => entry.id === event.id);
  if (kept || !event.own) return kept ?? null;
  return { id: event.id, state: "done", draft: { kind: event.kind }, made: event.made, used: [], doneMs: event.record_ms };
}
