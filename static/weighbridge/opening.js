// A plate that the site knows brings its last supplier, class and usual tare; a supplier's tile writes the name.

import { focusFirst } from "./first_field.js";

const form = document.getElementById("event");
const plate = document.getElementById("vehicle");
const supplier = document.getElementById("supplier");
const words = document.getElementById("known-truck");

async function look() {
  const asked = plate.value.trim();
  if (!asked) return;
  const answer = await fetch(`${form.dataset.truck}?plate=${encodeURIComponent(asked)}`).catch(() => null);
  if (!answer?.ok || plate.value.trim() !== asked) return; // without a network, or typed on meanwhile
  const truck = await answer.json();
  words.textContent = truck.known ? truck.words : "";
  if (!truck.known) return;
  if (!supplier.value) supplier.value = truck.supplier;
  const chosen = form.querySelector("[name=source_class]:checked");
  const usual = form.querySelector(`[name=source_class][value="${CSS.escape(truck.source_class)}"]`);
  if (!chosen && usual) usual.checked = true;
}

plate.addEventListener("change", look);
form.addEventListener("change", (event) => {
  if (event.target.name === "supplier_last") supplier.value = event.target.value;
});
focusFirst(plate);
