// One record of this device as people read it: what it was, how far it has come, why it stands, and taking it back.

import { make } from "./dom.js";
import { formatMass } from "../components/masses.js";
import { shortCode } from "./scanned_rows.js";
import { formatClock, formatTime, say } from "./words.js";

const MINUTE_MS = 60_000;
const MARKS = { kept: "✓", done: "✓✓", held: "!", rejected: "✕", withdrawn: "–" };

// Return how far an entry has come: kept on this device, done at the server, held there, rejected, or withdrawn.
function stateOf(entry) {
  if (entry.state === "withdrawn" || entry.undoneBy) return "withdrawn";
  if (entry.state === "attention") return entry.result.status === "held" ? "held" : "rejected";
  return entry.state === "done" ? "done" : "kept";
}

// Draws an entry; short: of the last hours, beneath a form.
export function drawEntryCard(app, entry, { short = false } = {}) {
  const state = stateOf(entry);
  const mark = make("b", { "aria-hidden": "true" }, MARKS[state]);
  const time = make("time", {}, short ? formatClock(entry.putMs) : formatTime(entry.putMs));
  const card = make(
    "article",
    { class: "yard-entry", "data-state": state, "data-entry": entry.id, "data-short": short ? "yes" : null },
    make("p", { class: "yard-entry-state" }, mark, " ", say(`yard.state_${state}`), " ", time),
    make("p", {}, make("b", {}, say(`kind.${entry.draft.kind}`)), " ", describe(app, entry)),
    listReasons(entry).map((reason) => make("p", { class: "yard-reason" }, reason)),
  );
  const isTold = navigator.onLine; // pages of the server can be opened
  card.append(...drawActs([
    isTold && state === "done" && entry.draft.kind === "ship" && noteLink(entry),
    isTold && state === "held" && heldLink(entry),
    drawUndo(app, entry),
    state === "rejected" && putAwayButton(app, entry),
  ]));
  return card;
}

// Returns what stands beside the words of a card, nothing where there is nothing to do.
export function drawActs(acts) {
  const shown = acts.filter(Boolean);
  return shown.length ? [make("div", { class: "yard-entry-acts" }, shown)] : [];
}

// The driver gets the delivery note of what was loaded: the page prints it.
function noteLink({ id }) {
  return make("a", { class: "button yard-act", href: `/events/${id}/delivery-note` }, say("yard.delivery_note"));
}

// What keeps a record from the book, and what can be done about it, is on its page at the server.
function heldLink({ id }) {
  return make("a", { class: "button yard-act", href: `/held/${id}` }, say("yard.held_page"));
}

// Removes a record that the server refused for good. It asks on the button itself: a dialog would be answered by a scanner's Enter.
function putAwayButton(app, entry) {
  const button = make("button", { class: "button yard-act", onclick: () => {
    if (button.dataset.sure) app.putAway(entry);
    button.dataset.sure = "yes";
    button.textContent = say("yard.put_away_sure");
  } }, say("yard.put_away"));
  return button;
}

function describe(app, { draft, made, used }) {
  const [lot] = made;
  if (draft.kind === "collect" && made.length === 1) {
    return `${shortCode(lot.code)} ${app.shortName(lot.material)} ${formatMass(lot.mass_g)}`;
  }
  if (draft.kind === "correct") return draft.reason;
  if (draft.inputs && made.length) {
    const mass_g = made.reduce((sum, one) => sum + one.mass_g, 0);
    return `${say("yard.lots", { count: draft.inputs.length })} → ${say("yard.lots", { count: made.length })} ${formatMass(mass_g)}`;
  }
  const count = draft.lots?.length ?? (used.length || made.length);
  return draft.to ? say("yard.lots_to", { count, to: app.siteName(draft.to) }) : say("yard.lots", { count });
}

// The reasons of the server are texts; of what a supervisor dropped it is theirs.
function listReasons({ state, result }) {
  if (state !== "attention") return [];
  if (result.reason) return [result.reason];
  const reasons = (result.error?.errors ?? []).map(({ detail }) => detail);
  return reasons.length ? reasons : [result.error?.detail].filter(Boolean);
}

// What the server has may be taken back for some minutes, which are told; what it never heard of at any time.
export function drawUndo(app, entry) {
  const state = stateOf(entry);
  if (!canTakeBack(app, entry, state)) return null;
  const count = Math.ceil(leftMs(app, entry) / MINUTE_MS);
  const words = state === "kept" ? say("yard.take_back") : say("yard.take_back_within", { count });
  return make("button", { class: "button yard-act yard-undo", onclick: () => app.takeBack(entry) }, words);
}

function canTakeBack(app, entry, state) {
  if (state === "kept") return entry.draft.kind !== "correct";
  return state === "done" && app.undoable.includes(entry.draft.kind) && leftMs(app, entry) > 0;
}

function leftMs(app, { doneMs, putMs }) {
  return (doneMs ?? putMs) + app.tolerances.undo_min * MINUTE_MS - Date.now();
}
