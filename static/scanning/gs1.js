// Reads GS1 keys of addresses and element strings, as scanners/digital_link.py and element_string.py do;
// payload_vectors.json in tests/scanners holds both to the same results.

const FNC1 = "\x1d";
const HTTP = /^https?:\/\/[^/?#]*([^?#]*)/i;
const BRACKETED = /^(?:\([0-9]{2,4}\)[^()]+)+$/;
const UNMARKED = /^(?:00[0-9]{18}$|01[0-9]{14})/;
const LENGTHS = new Map([["00", 20], ["01", 16], ["02", 16], ["03", 16], ["04", 18], ["20", 4], ["41", 16]]);
for (const two of ["11", "12", "13", "14", "15", "16", "17", "18", "19"]) LENGTHS.set(two, 8);
for (const two of ["31", "32", "33", "34", "35", "36"]) LENGTHS.set(two, 10);

// As Python's unquote: what is no valid escape stays, what is no UTF-8 becomes the replacement character.
export function unquote(text) {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = Uint8Array.from(run.slice(1).split("%"), (pair) => parseInt(pair, 16));
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  });
}

export function readDigitalLink(uri) {
  const segments = uri.match(HTTP)?.[1].split("/").filter(Boolean).map(unquote) ?? [];
  for (let start = 0; start < segments.length; start += 1) {
    if (segments[start] !== "00" && segments[start] !== "01") continue;
    const keys = new Map();
    for (let place = start; place + 1 < segments.length; place += 2) keys.set(segments[place], segments[place + 1]);
    const link = linkOfKeys(keys);
    if (link) return link;
  }
  return null;
}

export function readElementString(text, marked) {
  let elements;
  if (BRACKETED.test(text)) {
    elements = [...text.matchAll(/\(([0-9]{2,4})\)([^()]+)/g)].map(([, identifier, value]) => [identifier, value]);
  } else if (marked || UNMARKED.test(text)) {
    elements = split(text);
  } else {
    return null;
  }
  const keys = new Map();
  for (const [identifier, value] of elements) {
    if (!keys.has(identifier)) keys.set(identifier, value.replace(/^\x1d+|\x1d+$/g, ""));
  }
  return linkOfKeys(keys);
}

function split(text) {
  const elements = [];
  let rest = text.replace(/^\x1d+/, "");
  while (rest) {
    const length = LENGTHS.get(rest.slice(0, 2));
    const element = length ? rest.slice(0, length) : rest.split(FNC1, 1)[0];
    elements.push([element.slice(0, 2), element.slice(2)]);
    rest = rest.slice(element.length).replace(/^\x1d+/, "");
  }
  return elements;
}

function linkOfKeys(keys) {
  const gtin = keys.get("01") ?? "";
  if (isKey(gtin, [8, 12, 13, 14])) {
    return { gtin: gtin.padStart(14, "0"), batch: keys.get("10") ?? null, serial: keys.get("21") ?? null, sscc: null };
  }
  const sscc = keys.get("00") ?? "";
  return isKey(sscc, [18]) ? { gtin: null, batch: null, serial: null, sscc } : null;
}

// A key has one of the lengths, and its weights 3, 1, 3 … from the right add up to tens.
function isKey(digits, lengths) {
  if (!/^[0-9]+$/.test(digits) || !lengths.includes(digits.length)) return false;
  const sum = [...digits].reverse().reduce((total, digit, place) => total + Number(digit) * (place % 2 ? 3 : 1), 0);
  return sum % 10 === 0;
}
