// What the next grade weighs while its reading is typed; F8 leads to the end of the ticket.

import { formatMass, readKg } from "../components/masses.js";
import { focusFirst } from "./first_field.js";

const reading = document.getElementById("after");
const net = document.getElementById("net");
const closing = document.getElementById("close-ticket");

function showNet() {
  const after_g = readKg(reading.value);
  const net_g = Number(net.dataset.before) - (after_g ?? 0);
  net.hidden = after_g === null;
  net.querySelector("strong").textContent = formatMass(net_g);
  net.classList.toggle("wrong", net_g <= 0);
}

reading?.addEventListener("input", showNet);
reading?.addEventListener("change", showNet);
document.addEventListener("keydown", (event) => {
  if (event.key !== "F8" || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !closing) return;
  event.preventDefault();
  closing.click();
});
if (reading) showNet();

// On a phone what was weighed is summed above the form and folded under it.
const readings = document.getElementById("readings");
if (matchMedia("(max-width: 46rem)").matches) readings.open = readings.querySelector("details[open]") !== null;
focusFirst(document.getElementById("reading") ?? reading);
