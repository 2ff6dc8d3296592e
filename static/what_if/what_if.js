// Sliders beside the fields of what-if, and the result while they move: the server works it out, as it does without this.

const PAUSE_MS = 250;
const FOLLOWING = ["h1", ".as-of", "#outcomes", "#sheet-shares", "#sheet-closing", ".filter-row"];

const form = document.getElementById("levers");
let timer = 0;
let asked = null;

for (const slider of form.querySelectorAll("input[type=range]")) {
  const field = document.getElementById(slider.dataset.of);
  const follow = () => {
    slider.value = Number(field.value.replace(/\s/g, "")) || 0;
  };
  follow();
  slider.hidden = false;
  slider.addEventListener("input", () => {
    field.value = roundTo(Number(slider.value), slider.max);
    askSoon();
  });
  field.addEventListener("input", () => {
    follow();
    askSoon();
  });
}
form.querySelector("[name=refined]").addEventListener("change", askSoon);
form.querySelector("[name=site]")?.addEventListener("change", () => form.requestSubmit());
form.addEventListener("submit", () => setEmpty(true));
addEventListener("pageshow", () => setEmpty(false));

// Return a value in steps of a thousandth of the slider, '' of 0; its end is exact.
function roundTo(value, max) {
  if (value >= Number(max)) return max;
  const decimals = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Number(max)))));
  return value > 0 ? String(Number(value.toFixed(decimals))) : "";
}

function askSoon() {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE_MS);
}

async function ask() {
  asked?.abort();
  asked = new AbortController();
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
  const address = `${form.action}?${query}`;
  let answer;
  try {
    answer = await fetch(address, { signal: asked.signal });
  } catch (error) {
    if (error.name === "AbortError") return; // a later question is on its way
    throw error;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer.ok) show(page, address);
  else refuse(page);
}

function show(page, address) {
  for (const place of FOLLOWING) {
    const fresh = page.querySelector(place);
    const held = document.querySelector(place);
    if (fresh && held) held.replaceChildren(...fresh.childNodes);
  }
  document.title = page.title;
  history.replaceState(null, "", address);
}

// What cannot be is said where the result would stand, which is that of the amounts before.
function refuse(page) {
  const words = document.createElement("p");
  words.className = "refusal";
  words.textContent = page.querySelector("main .lede, main h1")?.textContent.trim() ?? "";
  const outcomes = document.getElementById("outcomes");
  outcomes.querySelector(".refusal")?.remove();
  outcomes.prepend(words);
}

// The address names what is set, and nothing else.
function setEmpty(left) {
  for (const field of form.querySelectorAll("input[name]")) field.disabled = left && !field.value.trim();
}
