// Masses are whole grams; people type and read kilograms. No mass is ever a fraction of binary digits.

const MOST_G = 10_000_000_000; // 10 000 t, the most that any lot weighs
const NO_BREAK = "\u00a0"; // between thousands, as all pages write numbers
const PPM = 1_000_000n;

// Return grams of what was typed as kilograms: "18260", "18 260", "18,260", "18.5". Null for anything else, a comma
// as decimal sign and a fourth decimal included: neither is guessed.
export function readKg(text) {
  const typed = text.normalize("NFKC").replace(/[\s\u00a0\u202f']/g, "");
  const match = typed.match(/^(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{0,3}))?$/);
  if (!match) return null;
  const mass_g = Number(match[1].replace(/,/g, "")) * 1000 + Number((match[2] ?? "").padEnd(3, "0"));
  return mass_g <= MOST_G ? mass_g : null;
}

// Return parts per million of what was typed as per cent, at most four decimals and 100; null for anything else.
export function readPercent(text) {
  const typed = text.normalize("NFKC").replace(/[\s%]/g, "");
  const match = typed.match(/^(\d{1,3})(?:\.(\d{0,4}))?$/);
  if (!match) return null;
  const share_ppm = Number(match[1]) * 10_000 + Number((match[2] ?? "").padEnd(4, "0"));
  return share_ppm <= Number(PPM) ? share_ppm : null;
}

// Return grams as kilograms with as many of three decimals as are needed: 18 260.5.
export function formatKg(mass_g) {
  const size = Math.abs(mass_g);
  const grams = String(size % 1000).padStart(3, "0").replace(/0+$/, "");
  const kilograms = groupThousands(String(Math.trunc(size / 1000)));
  return `${mass_g < 0 ? "−" : ""}${kilograms}${grams && `.${grams}`}`;
}

// Return grams as tonnes with three decimals, rounded half up.
export function formatTonnes(mass_g) {
  const kilograms = Math.floor((mass_g + 500) / 1000);
  return `${groupThousands(String(Math.floor(kilograms / 1000)))}.${String(kilograms % 1000).padStart(3, "0")}`;
}

// Return kilograms with their unit, which never stands alone on a line.
export function formatMass(mass_g) {
  return `${formatKg(mass_g)}${NO_BREAK}kg`;
}

export function groupThousands(digits) {
  return digits.replace(/\B(?=(\d{3})+$)/g, NO_BREAK);
}

// Return a share of a mass, half up to the gram, as the server settles it.
export function shareOf(mass_g, share_ppm) {
  return Number((BigInt(mass_g) * BigInt(share_ppm) * 2n + PPM) / (PPM * 2n));
}

// Return whether a mass differs from another by more than a share of it.
export function differsBy(mass_g, other_g, share_ppm) {
  return BigInt(Math.abs(mass_g - other_g)) * PPM > BigInt(other_g) * BigInt(share_ppm);
}
