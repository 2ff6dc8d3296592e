// The bar beneath a list: how many lots, how much they weigh, and what the last scan was answered.

import { formatKg, formatTonnes } from "../components/masses.js";

const BAR = ".list-bar";

// Write the sum of masses in grams; null stands for one that is not known yet.
export function showSum(root, masses) {
  const total_g = masses.reduce((sum, mass_g) => sum + (mass_g ?? 0), 0);
  const written = { "[data-count]": masses.length, "[data-total-t]": formatTonnes(total_g) };
  written["[data-total]"] = `${masses.includes(null) ? "≥ " : ""}${formatKg(total_g)}`;
  for (const [selector, text] of Object.entries(written)) {
    const place = root.querySelector(`${BAR} ${selector}`);
    if (place) place.textContent = text; // a correction has no sum
  }
}

// Show the answer to the last scan in the bar as well, while the note under the scan box is out of sight.
export function showNoteBelow(root) {
  const [above, below] = [root.querySelector("header.top"), root.querySelector(`${BAR} [data-scan-note]`)];
  if (!above || !below) return;
  new IntersectionObserver(([{ isIntersecting }]) => { below.hidden = isIntersecting; }).observe(above);
}
