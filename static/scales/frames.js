// Read what scales send, as scanners/scales does on the server: scale_vectors.json in tests/scanners holds both to the same
// results. Masses are grams, worked out in whole numbers.

const LONGEST = 64; // bytes of a line
const MAX_MASS_G = 10_000_000_000n;
const STX = 0x02;
const ETX = 0x03;
const CR = 0x0d;
const LINE_ENDS = [STX, ETX, CR, 0x0a];

const G = [1n, 1n];
const KG = [1000n, 1n];
const T = [1_000_000n, 1n];
const LB = [45_359_237n, 100_000n]; // the international pound, exact by definition
const JIN = [500n, 1n];
const UNITS = new Map(Object.entries({
  g: G, 克: G, kg: KG, 公斤: KG, 千克: KG, t: T, 吨: T, lb: LB, lbs: LB, 斤: JIN, 市斤: JIN,
}));

// Bytes that are no frame of the format; `code` is a message code.
export class BadFrame extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

function refuse(reason) {
  throw new BadFrame(`scale_frame.${reason}`);
}

// Return a frame as text: printable ASCII as it is, a backslash doubled, any other byte as \xNN.
export function describeBytes(frame) {
  const write = (byte) => {
    if (byte === 0x5c) return "\\\\";
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  };
  return Array.from(frame, write).join("");
}

// Return the grams of a number in a unit, half up to the gram away from zero; `places` are told beside its digits.
export function readMass(number, unit, places = 0) {
  const match = /^([+-]?) *([0-9]{1,10})(?:\.([0-9]{0,6}))?$/.exec(number.replace(/^ +| +$/g, ""));
  if (!match) refuse("number");
  const ratio = UNITS.get(unit.normalize("NFKC").trim().toLowerCase());
  if (!ratio) refuse("unit");
  const decimals = match[3] ?? "";
  const numerator = BigInt(match[2] + decimals) * ratio[0];
  const denominator = 10n ** BigInt(decimals.length + places) * ratio[1];
  const mass_g = (2n * numerator + denominator) / (2n * denominator);
  if (mass_g > MAX_MASS_G) refuse("too_large");
  return Number(match[1] === "-" ? -mass_g : mass_g);
}

// What is no ASCII becomes something that no number holds.
const textOf = (part) => Array.from(part, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : "\ufffd")).join("");

const reading = (frame, mass_g, state) => ({ raw: describeBytes(frame), mass_g, state });

function xorDigits(part) {
  return part.reduce((sum, byte) => sum ^ byte, 0).toString(16).toUpperCase().padStart(2, "0");
}

function readContinuous(frame, unit) {
  const text = textOf(frame);
  if (frame[11] !== ETX || !"+-".includes(text[1])) refuse("shape");
  if (text.slice(9, 11) !== xorDigits(frame.subarray(1, 9))) refuse("checksum");
  const places = frame[8] - 0x30;
  if (places < 0 || places > 4) refuse("number");
  return reading(frame, readMass(text.slice(1, 8), unit, places), "unsaid");
}

// A sign, 0 for plus, and 7 characters, the high digit first.
function readEquals(frame, ordered, unit) {
  if (!"0-".includes(ordered[0])) refuse("shape");
  const sign = ordered[0] === "-" ? "-" : "";
  return reading(frame, readMass(sign + ordered.slice(1).replace(/^ +/, ""), unit), "unsaid");
}

const readLowFirst = (frame, unit) => readEquals(frame, [...textOf(frame).slice(1)].reverse().join(""), unit);
const readHighFirst = (frame, unit) => readEquals(frame, textOf(frame).slice(1), unit);

function readA12e(line) {
  const frame = line.slice(-13); // what stands before is noise
  if (frame.length !== 13) refuse("shape");
  const text = textOf(frame);
  if (text.slice(11) !== xorDigits(frame.subarray(0, 11))) refuse("checksum");
  const end = text.slice(9, 11);
  if (text.slice(0, 9) === " ".repeat(9) && ["OL", "LO"].includes(end)) {
    return reading(frame, null, end === "OL" ? "over" : "under");
  }
  if (!["WG", "WN"].includes(text.slice(0, 2))) refuse("shape");
  return reading(frame, readMass(text.slice(2, 9), end), "unsaid");
}

// The status bytes of Mettler-Toledo: places in the first, signs in the second, the unit in the third.
function readToledo(frame, unit, sent = frame) {
  if (frame[16] !== CR) refuse("shape");
  const [a, b, c] = frame.subarray(1, 4);
  if (!(a & b & c & 0x20) || c & 0x10) refuse("shape");
  const negative = Boolean(b & 0x02);
  if (b & 0x04) return reading(sent, null, negative ? "under" : "over");
  const named = { 0: b & 0x10 ? "kg" : "lb", 1: "g", 2: "t" }[c & 7] ?? "";
  const places = (a & 7) - 2;
  const digits = textOf(frame.subarray(4, 10)).replace(/^ +/, "") + "0".repeat(Math.max(-places, 0));
  const mass_g = readMass((negative ? "-" : "") + digits, named, Math.max(places, 0));
  return reading(sent, mass_g, b & 0x48 ? "moving" : "stable");
}

function readToledoChecked(frame, unit) {
  if (frame[16] !== CR) refuse("shape");
  if (frame.reduce((sum, byte) => sum + byte, 0) & 0x7f) refuse("checksum");
  return readToledo(frame.subarray(0, 17), unit, frame);
}

const COMMAS = /^ *(ST|US) *, *(?:(?:GS|NT|TR|G|N) *, *)?([+-]? *[0-9]+(?:\.[0-9]*)?) *([^ \t\n\r\f\v0-9,.]{0,4}) *$/;
const BEYOND = /^ *(OL|UL|LO) *(?:,.*)?$/;

function readCommas(frame, unit) {
  const line = decodeLine(frame);
  const beyond = BEYOND.exec(line);
  if (beyond) return reading(frame, null, beyond[1] === "OL" ? "over" : "under");
  const match = COMMAS.exec(line);
  if (!match) refuse("shape");
  return reading(frame, readMass(match[2], match[3] || unit), match[1] === "ST" ? "stable" : "moving");
}

// `pattern` is what the server made of the scale's pattern (compile_pattern).
function readByPattern(pattern) {
  const expression = new RegExp(pattern);
  return (frame, unit) => {
    const groups = expression.exec(decodeLine(frame))?.groups;
    if (!groups) refuse("shape");
    const mass_g = readMass(groups.weight ?? "", (groups.unit ?? "").trim() || unit);
    let state = "unsaid";
    if ("stable" in groups) state = groups.stable ? "stable" : "moving";
    return reading(frame, mass_g, state);
  };
}

// Return a line as text: UTF-8, else what Chinese indicators send, else each byte a character.
function decodeLine(frame) {
  for (const encoding of ["utf-8", "gb18030"]) {
    try {
      return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(frame);
    } catch {
      // the next one
    }
  }
  return String.fromCharCode(...frame);
}

const FORMATS = {
  yaohua: { read: readContinuous, start: STX, length: 12 },
  "equals-low-first": { read: readLowFirst, start: 0x3d, length: 9 },
  "equals-high-first": { read: readHighFirst, start: 0x3d, length: 9 },
  a12e: { read: readA12e },
  toledo: { read: readToledo, start: STX, length: 17 },
  "toledo-checksum": { read: readToledoChecked, start: STX, length: 18 },
  commas: { read: readCommas },
  pattern: {},
};

// Cuts what a scale sends into frames and reads them; scale: { format, unit, pattern }. `dropped` counts frames that could
// not be read, `fault` is the message code of the last.
export class FrameStream {
  #waiting = new Uint8Array();
  #tooLong = false;
  #shape;
  #read;
  #unit;
  dropped = 0;
  fault = "";

  constructor({ format, unit = "kg", pattern = "" }) {
    this.#shape = FORMATS[format];
    this.#read = this.#shape.read ?? readByPattern(pattern);
    this.#unit = unit;
  }

  // Return the readings of all frames that are whole by now.
  feed(sent) {
    const joined = new Uint8Array(this.#waiting.length + sent.length);
    joined.set(this.#waiting);
    joined.set(sent, this.#waiting.length);
    this.#waiting = joined;
    const readings = [];
    while (this.#shape.length ? this.#cutFrame(readings) : this.#cutLine(readings));
    return readings;
  }

  // A frame that cannot be read gives up its first byte alone: the next may begin inside it.
  #cutFrame(readings) {
    const { start, length } = this.#shape;
    const begin = this.#waiting.indexOf(start);
    this.#waiting = this.#waiting.slice(begin < 0 ? this.#waiting.length : begin);
    if (this.#waiting.length < length) return false;
    const isRead = this.#take(this.#waiting.subarray(0, length), readings);
    this.#waiting = this.#waiting.slice(isRead ? length : 1);
    return true;
  }

  #cutLine(readings) {
    const end = this.#waiting.findIndex((byte) => LINE_ENDS.includes(byte));
    if (end < 0) {
      if (this.#waiting.length > LONGEST) {
        this.#waiting = new Uint8Array();
        this.#tooLong = true;
      }
      return false;
    }
    const line = this.#waiting.slice(0, end);
    this.#waiting = this.#waiting.slice(end + 1);
    if (this.#tooLong || line.length > LONGEST) {
      this.#tooLong = false;
      this.#drop("scale_frame.shape");
    } else if (line.length) this.#take(line, readings);
    return true;
  }

  #take(frame, readings) {
    try {
      readings.push(this.#read(frame, this.#unit));
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error;
      this.#drop(error.code);
      return false;
    }
    return true;
  }

  #drop(code) {
    this.dropped += 1;
    this.fault = code;
  }
}

const HOLD_MS = 2000; // a weight is the same within one division for so long before it stands still
const GAP_MS = 1500; // after a longer silence nobody knows what the weight did meanwhile

// Tells when the weight stands still, where the frame does not say it.
export class StabilityWatch {
  #division_g;
  #low_g = 0;
  #high_g = 0;
  #since_ms = null;
  #seen_ms = null;

  constructor(division_g) {
    this.#division_g = division_g;
  }

  // Return what is known of the weight with a reading: stable, moving, over or under.
  judge({ state, mass_g }, now_ms) {
    if (state === "stable") return state;
    if (state !== "unsaid") {
      this.#since_ms = null;
      return state;
    }
    const low_g = Math.min(this.#low_g, mass_g);
    const high_g = Math.max(this.#high_g, mass_g);
    const silent_ms = this.#seen_ms === null ? Infinity : now_ms - this.#seen_ms;
    const isGap = silent_ms < 0 || silent_ms > GAP_MS;
    if (this.#since_ms === null || isGap || high_g - low_g > this.#division_g) {
      this.#low_g = this.#high_g = mass_g;
      this.#since_ms = now_ms;
    } else [this.#low_g, this.#high_g] = [low_g, high_g];
    this.#seen_ms = now_ms;
    return now_ms - this.#since_ms >= HOLD_MS ? "stable" : "moving";
  }
}
