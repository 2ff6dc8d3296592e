// Finds a scan at the end of what was typed. A wedge is told from a hand by what it sends and how it ends, Enter or Tab;
// only where a text could be a person's own does its speed count, by the clock of the keyboard and not of the page:
//
//   | what stands at the end                                     | is a scan                                             |
//   |------------------------------------------------------------|-------------------------------------------------------|
//   | an address of our host or with our code or GS1 keys, a GS1 | always: nobody types it                               |
//   | element string, a marked text (AIM identifier) of these    |                                                       |
//   | a code alone, its check character right                    | in the scan box, in fields of figures and choices and |
//   |                                                            | outside of fields; elsewhere where it came quickly    |
//   | an address, a marked text, a bracketed element string, a   | where it came quickly                                 |
//   | code with a wrong check character (letters and digits)     |                                                       |
//   | eight and more characters without a blank                  | where it came quickly into a field of figures or      |
//   |                                                            | choices, the scan box or no field, and is no number   |
//   |                                                            | that a scale may have sent (ten digits at most)       |
//
// Quickly: no two keys in a row, the last included, further apart than HAND_MS, and no key held down. A hand does not
// type eight such keys; a scanner that is slower than that is heard by what it sends in the first two rows. In a field of
// figures the letters and signs before a quick part are the scanner's too, which faltered there. What a barcode
// of another system says therefore stays in a field of text, such as the number of a ticket: it may be meant for it.

import { isCode, normaliseCode } from "./codes.js";
import { OURS, readPayload } from "./payload.js";

export const HAND_MS = 80;
const SHORTEST = 8; // characters of the shortest barcode for goods
const MEANT = new Set([...OURS, "gs1"]);
const HTTP = /(?:\][a-z][0-9a-z])?https?:\/\/(?!.*https?:\/\/)\S+$/i;
const ADDRESS = /(?:\][a-z][0-9a-z])?(?:https?:\/\/|[a-z][a-z0-9+.-]*:)\S*$/i;
const MARKED = /\][A-Za-z][0-9A-Za-z][^\]]+$/;
const BRACKETED = /(?:\([0-9]{2,4}\)[^()]+)+$/;
const SSCC = /00[0-9]{18}$/;
const ALONE = [/[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}$/i, /[0-9a-z]{12}$/i];
const PLAIN = /^(?:\][a-z][0-9a-z])?(?:https?:\/\/[^/]*[^/.]\/[lsfct]\/)?(?:[0-9a-z]{12}|[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4})$/i;
const A_WEIGHT = /^[0-9.,+-]{1,10}$/;

// `keys` are {char, time, held, isDown}, oldest first; `endTime` is when Enter or Tab came; `place` is what had the focus:
// "box", "figures", "text" or "none". Returns the scan as {text, start, skipped}, or null: the place of its first key, and
// of a key within it that is not the scanner's.
export function findScan(keys, endTime, place) {
  const text = textOf(keys);
  if (text.length !== keys.length || text.length < SHORTEST) return null;
  const direct = findDirect(keys, text, endTime, place);
  if (direct && isPlain(direct, keys)) return direct;
  return findAround(keys, endTime, place) ?? direct;
}

const textOf = (keys) => keys.map(({ char }) => char).join("");

function findDirect(keys, text, endTime, place) {
  const run = startOfRun(keys, endTime);
  return findSure(text) ?? findCode(keys, endTime, place) ?? findQuick(keys, text, run, place);
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

function tail(text, pattern) {
  const found = text.match(pattern);
  return found ? { text: found[0], start: found.index } : null;
}

function findSure(text) {
  for (const pattern of [HTTP, MARKED, BRACKETED, SSCC]) {
    const found = tail(text, pattern);
    if (!found) continue;
    const { kind, host, foreignHost } = readPayload(found.text);
    if (MEANT.has(kind) || (kind === "unreadable" && host && !foreignHost)) return found;
  }
  return null;
}

function findCode(keys, endTime, place) {
  const run = startOfRun(keys, endTime);
  for (const pattern of ALONE) {
    const found = tail(textOf(keys), pattern);
    if (!found || !isCode(normaliseCode(found.text))) continue;
    if (run < found.start && !isApart(keys, found.start, endTime)) continue; // it is the end of something longer
    if (run <= found.start || place === "none") return found;
    if ((place === "box" && found.start === 0) || (place === "figures" && /[a-z]/i.test(found.text))) return found;
  }
  return null;
}

// A scanner keeps its pace: what came a good deal before its first key is of a hand.
function isApart(keys, start, endTime) {
  const times = [...keys.slice(start).map(({ time }) => time), endTime];
  const gaps = times.slice(1).map((time, index) => time - times[index]).sort((one, other) => one - other);
  return keys[start].time - keys[start - 1].time > 4 * gaps[gaps.length >> 1];
}

function findQuick(keys, text, run, place) {
  const quick = text.slice(run);
  if (quick.length < SHORTEST || /\s/.test(quick)) return null;
  const found = tail(quick, MARKED) ?? tail(quick, ADDRESS) ?? tail(quick, BRACKETED);
  const isWrong = /^(?:[0-9a-z]{4}-?){3}$/i.test(quick) && /[a-z]/i.test(quick) && /[0-9]/.test(quick);
  if (!found && !isWrong && (place === "text" || A_WEIGHT.test(quick))) return null;
  const start = run + (found?.start ?? 0);
  return place === "figures" ? startAtLetters(keys, text, start) : { text: text.slice(start), start };
}

// A scanner that faltered after its first keys began before the run: no hand types letters in front of it into figures. The
// digits that came quickly before these letters are the scanner's too: they would be read as a part of the weight.
function startAtLetters(keys, text, start) {
  const letters = text.slice(0, start).search(/[^0-9.,+\-\s]\S*$/);
  const first = letters < 0 ? start : startOfRun(keys.slice(0, letters), keys[letters].time);
  return { text: text.slice(first), start: first };
}

// In a field of figures: the first key of the pieces that a scanner left before the scan at `start`, which had broken off or
// had lost its Enter; `start` where there is none. A piece came quickly and has letters; `name` is how keys are read.
export function startOfPieces(keys, start, name) {
  let first = start;
  while (first > 1) {
    const before = keys.slice(0, first);
    const run = startOfRun(before, before.at(-1).time);
    if (first - run < 2 || before.slice(run).every((key) => /[0-9.,+\-\s]/.test(key[name]))) break;
    first = run;
  }
  return first;
}

// --- a hand that types while the scanner does ---------------------------------------------------------------------

// Nothing strange within: the address or code of a label of ours, all of its keys released but the last.
function isPlain({ text, start }, keys) {
  return isOurLabel(text) && !keysDown(keys).some((index) => index >= start && index < keys.length - 1);
}

const isOurLabel = (text) => PLAIN.test(text) && !readPayload(text).reason;

// A scanner releases each key before it presses the next, a hand holds one for a tenth of a second. Where nearly all seem
// to be down, their release is not reported, and tells nothing.
function keysDown(keys) {
  const down = keys.flatMap((key, index) => (key.isDown ? [index] : []));
  return down.length <= 2 ? down : [];
}

// The scan that is left without one of its keys: the one that is still down, else, of an address, the one that came between
// two others in the time of one. Of a code alone too many numbers would be left without one of their digits.
function findAround(keys, endTime, place) {
  const run = startOfRun(keys, endTime);
  const down = new Set(keysDown(keys));
  let best = null;
  for (let skipped = run; skipped < keys.length; skipped += 1) {
    const rest = keys.filter((_, index) => index !== skipped);
    const text = textOf(rest);
    const found = findSure(text) ?? findCode(rest, endTime, place);
    if (!found || found.start > skipped || !isOurLabel(found.text)) continue;
    if (!down.has(skipped) && !HTTP.test(found.text)) continue;
    const cost = down.has(skipped) ? -1 : spread(keys, skipped, endTime);
    if (!best || cost < best.cost) best = { ...found, skipped, cost };
  }
  return best;
}

function spread(keys, index, endTime) {
  const before = index ? keys[index].time - keys[index - 1].time : HAND_MS;
  const after = (keys[index + 1]?.time ?? endTime) - keys[index].time;
  return before * after;
}

// Whether the text would be a scan wherever it came from; the reading as a US keyboard counts only for these.
export const isSure = (text) => MEANT.has(readPayload(text).kind);
