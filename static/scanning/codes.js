// Tells whether a text is one of our codes, as scanners/codes.py does; code_vectors.json in tests/scanners holds both to it.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 12;

export function normaliseCode(text) {
  return text
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\p{Pd}\p{Cc}\p{Cf}]/gu, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
}

export function isCode(code) {
  if (code.length !== LENGTH) return false;
  let check = 16; // ISO 7064 Mod 33,32
  for (const char of code) {
    const value = ALPHABET.indexOf(char);
    if (value < 0) return false;
    check = ((((check || 32) * 2) % 33) + value) % 32;
  }
  return check === 1;
}

// A delivery note's: it begins like no code of a lot, and the rest is the place of its shipment in the book.
export function isShipmentCode(code) {
  return isCode(code) && /^T0000(?!000000)/.test(code);
}

// A code that is grouped already stays as it is.
export function groupCode(code) {
  return code.replaceAll("-", "").match(/.{1,4}/g)?.join("-") ?? "";
}
