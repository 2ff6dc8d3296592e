// Finds a scan at the end of what was typed. A wedge is told from a hand by what it sends and how it ends, Enter or Tab;
// only where a text could be a person's own does its speed count, by the clock of the keyboard and not of the page:
//
//   | what stands at the end                                   | is a scan                                            |
//   |----------------------------------------------------------|------------------------------------------------------|
//   | an address of ours or with GS1 keys, a GS1 element       | always: its check character or digits are right      |
//   | string, a marked text (AIM identifier) with a right code |                                                      |
//   | a code alone, its check character right                  | in the scan box, in fields of figures and choices and|
//   |                                                          | outside of fields; elsewhere, where it came quickly  |
//   | an address, a marked text, a bracketed element string, a | where it came quickly                                |
//   | code with a wrong check character (letters and digits)   |                                                      |
//   | eight and more characters without a blank                | where it came quickly into a field of figures or     |
//   |                                                          | choices, the scan box or no field, and is no number  |
//   |                                                          | that a scale may have sent (ten digits at most)      |
//
// Quickly: no two keys in a row, the last included, further apart than HAND_MS, and no key held down. A hand does not
// type eight such keys; a scanner that is slower than that is heard by what it sends in the first two rows.

import { isCode, normaliseCode } from "./codes.js";
import { readPayload } from "./payload.js";

export const HAND_MS = 80;
const SHORTEST = 8; // characters of the shortest barcode for goods
const OURS = new Set(["lot", "site", "furnace", "command", "code", "gs1"]);
const SCHEME = /(?:\][a-z][0-9a-z])?(?:https?:\/\/|[a-z][a-z0-9+.-]*:)[^\s]*$/i;
const MARKED = /\][A-Za-z][0-9A-Za-z][^\]]+$/;
const BRACKETED = /(?:\([0-9]{2,4}\)[^()]+)+$/;
const ALONE = [/[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}$/i, /[0-9a-z]{12}$/i];
const SSCC = /00[0-9]{18}$/;
const A_WEIGHT = /^[0-9.,+-]{1,10}$/;

// `keys` are {char, time, held}, oldest first; `endTime` is when Enter or Tab came; `place` says what the focus was on:
// "box", "figures", "text" or "none". Returns {text, start}, the scan and the number of keys before it, or null.
export function findScan(keys, endTime, place) {
  const text = keys.map(({ char }) => char).join("");
  if (text.length !== keys.length || text.length < SHORTEST) return null;
  const run = startOfRun(keys, endTime);
  return findSure(text) ?? findCode(text, run, place) ?? findQuick(text, run, place);
}

// The key from which on all came quickly; keys.length where not even the last did.
function startOfRun(keys, endTime) {
  let start = keys.length;
  let next = endTime;
  while (start > 0 && next - keys[start - 1].time <= HAND_MS && !keys[start - 1].held) {
    start -= 1;
    next = keys[start].time;
  }
  return start;
}

const tail = (text, pattern) => {
  const found = text.match(pattern);
  return found ? { text: found[0], start: found.index } : null;
};
const isOurs = (found) => found && OURS.has(readPayload(found.text).kind);

function findSure(text) {
  const address = tail(text, /(?:\][a-z][0-9a-z])?https?:\/\/(?!.*https?:\/\/)\S+$/i);
  if (isOurs(address)) return address;
  for (const pattern of [MARKED, BRACKETED, SSCC]) {
    const found = tail(text, pattern);
    if (isOurs(found)) return found;
  }
  return null;
}

function findCode(text, run, place) {
  for (const pattern of ALONE) {
    const found = tail(text, pattern);
    if (!found || !isCode(normaliseCode(found.text))) continue;
    const own = place === "figures" || place === "none" || (place === "box" && found.start === 0);
    if (own || run <= found.start) return found;
  }
  return null;
}

function findQuick(text, run, place) {
  const quick = text.slice(run);
  if (quick.length < SHORTEST || /\s/.test(quick)) return null;
  const found = tail(quick, MARKED) ?? tail(quick, SCHEME) ?? tail(quick, BRACKETED);
  if (found) return { text: found.text, start: run + found.start };
  const wrong = /^(?:[0-9a-z]{4}-?){3}$/i.test(quick) && /[a-z]/i.test(quick) && /[0-9]/.test(quick);
  if (wrong || (place !== "text" && !A_WEIGHT.test(quick))) return { text: quick, start: run };
  return null;
}

// A scan into which one key of a hand fell: {text, start, skipped}. The key is the one that is still down when the scanner
// has released all of its own, else the one that came between two others in the time of one.
export function findScanAround(keys, endTime, place) {
  const run = startOfRun(keys, endTime);
  let best = null;
  for (let skipped = run; skipped < keys.length; skipped += 1) {
    const rest = keys.filter((_, index) => index !== skipped);
    const found = findSureOrCode(rest, endTime, place);
    if (!found || found.start > skipped || found.start < run) continue;
    const cost = keys[skipped].isDown ? -1 : spread(keys, skipped, endTime);
    if (!best || cost < best.cost) best = { ...found, skipped, cost };
  }
  return best;
}

function findSureOrCode(keys, endTime, place) {
  const text = keys.map(({ char }) => char).join("");
  return findSure(text) ?? findCode(text, startOfRun(keys, endTime), place);
}

function spread(keys, index, endTime) {
  const before = index ? keys[index].time - keys[index - 1].time : 0;
  const after = (keys[index + 1]?.time ?? endTime) - keys[index].time;
  return before * after;
}
