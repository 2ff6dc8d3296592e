// Shows what a scanner sends, key by key, and what it means here: whoever sets one up sees at once what is not right.

import { groupCode } from "./codes.js";
import { charOf, isComposed, isEnd, isModifier, usCharOf } from "./keys.js";
import { readPayload } from "./payload.js";
import { isSure } from "./recognise.js";
import { explain } from "./scans.js";

const QUIET_MS = 700; // after this long without a key the scanner has sent all it sends
const WORDS = JSON.parse(document.getElementById("setup-words").textContent);
const facts = document.getElementById("trial-facts");
let keys = [];
let timer = 0;

// On the window: before the wedge, which keeps a scan's last key to itself.
window.addEventListener("keydown", (event) => {
  if (isModifier(event)) return;
  keys.push({ char: charOf(event), us: usCharOf(event), time: event.timeStamp, composed: isComposed(event), code: event.code, end: isEnd(event) });
  clearTimeout(timer);
  timer = setTimeout(tell, QUIET_MS);
}, { capture: true });

document.addEventListener("scan", (event) => {
  const { payload, answer, text } = event.detail;
  event.preventDefault();
  const refused = payload.kind === "foreign" || payload.kind === "unreadable";
  answer(refused ? "error" : payload.reason ? "warning" : "success", explain(payload) || meaningOf(payload));
  const trial = [...document.querySelectorAll("[data-trial]")].find((one) => one.dataset.trial === text);
  trial?.querySelector("[data-verdict]").replaceChildren(WORDS.read);
});

function tell() {
  const typed = keys.filter((key) => !key.end && (key.char || key.us));
  const last = keys.at(-1);
  if (typed.length > 3) {
    const usual = typed.map((key) => key.char).join("");
    const placed = typed.map((key) => key.us).join("");
    const isUsual = usual.length === typed.length;
    const isOther = isUsual && !isSure(usual) && isSure(placed);
    const text = isUsual && !isOther ? usual : placed;
    show("text", isUsual ? usual : placed);
    show("meaning", meaningOf(readPayload(text)));
    show("ending", last.end ? WORDS[last.code === "Tab" ? "tab" : "enter"] : WORDS.no_ending);
    show("speed", WORDS.speed.replace("{ms}", Math.round((last.time - keys[0].time) / Math.max(1, keys.length - 1))));
    show("method", keys.some((key) => key.composed) ? WORDS.method_on : WORDS.method_off);
    show("layout", isOther ? WORDS.layout_other : WORDS.layout_us);
    facts.hidden = false;
  }
  keys = [];
}

function meaningOf(payload) {
  if (payload.reason) return explain(payload);
  return payload.code ? `${WORDS[payload.kind]} ${groupCode(payload.code)}` : WORDS[payload.kind];
}

function show(name, text) {
  facts.querySelector(`[data-fact="${name}"]`).textContent = text;
}
