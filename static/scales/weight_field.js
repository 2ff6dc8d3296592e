// A field of a mass that a scale fills in: over it what the scale shows, a button and F4 that take the weight. What the
// scale sent goes along in the hidden field NAME-frame, until somebody changes the weight by hand.
//
// On pages the fields of components/scale.html install themselves; other modules call installWeightField.

import { formatKg } from "../components/masses.js";
import { canTake, isAtRest, ScaleDesk } from "./desk.js";

const NO_BREAK = /\u00a0/g;
const desks = new Map(); // by site: all fields of a page share what is read
const fields = [];

// Put what the desk shows above a field; `words` are the messages scale_live.*. Returns { take }, which takes the weight
// as the button does. A field that has left the page is forgotten; where it was the last, nobody is asked any more.
export function installWeightField(container, desk, words) {
  const input = container.querySelector("input:not([type='hidden'])");
  const frame = container.querySelector("input[name$='-frame']");
  const say = (code) => words[`scale_live.${code}`] ?? "";
  const panel = drawPanel(desk, say);
  let isTaking = false;

  const tellOrigin = () => {
    panel.origin.textContent = input.value ? say(frame.value ? "taken" : "by_hand") : "";
    panel.origin.classList.toggle("by-hand", !frame.value);
  };
  const take = () => {
    const weight = desk.weight;
    if (!canTake(weight)) {
      panel.origin.textContent = say(weight.state === "stable" ? "empty" : "not_stable");
      return false;
    }
    isTaking = true;
    input.value = formatKg(weight.mass_g).replace(NO_BREAK, "");
    frame.value = weight.raw;
    for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, { bubbles: true }));
    isTaking = false;
    tellOrigin();
    return true;
  };

  input.addEventListener("input", () => {
    if (isTaking) return;
    frame.value = "";
    tellOrigin();
  });
  frame.addEventListener("input", tellOrigin); // a draft of the device is put back
  panel.take.addEventListener("click", take);
  const field = { container, input, take, desk, wasSeen: false };
  const show = () => {
    if (field.wasSeen && !container.isConnected) return leave(field, show);
    field.wasSeen ||= container.isConnected;
    drawWeight(panel, desk, say);
  };
  desk.addEventListener("weight", show);
  desk.wake();
  input.closest(".measure, label").before(panel.root);
  tellOrigin();
  show();
  fields.push(field);
  return field;
}

function leave(field, show) {
  field.desk.removeEventListener("weight", show);
  fields.splice(fields.indexOf(field), 1);
  if (!fields.some(({ desk }) => desk === field.desk)) field.desk.sleep();
}

function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function button(text, className = "button") {
  const made = make("button", className, text);
  made.type = "button";
  return made;
}

function drawPanel(desk, say) {
  const root = make("div", "scale-live no-print");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", say("title"));
  const shown = make("p", "scale-weight");
  const mass = make("output", "");
  mass.setAttribute("aria-live", "off"); // it changes many times a second
  shown.append(mass, " kg");
  const state = make("p", "scale-state");
  state.setAttribute("role", "status");
  const take = button(say("take"), "button take-weight");
  take.append(" ", make("kbd", "", "F4"));
  const origin = make("p", "scale-origin");
  origin.setAttribute("role", "status");
  const connect = button("", "link connect");
  connect.addEventListener("click", () => (desk.isConnected ? desk.disconnect() : desk.connect()));
  const choice = drawChoice(desk, say);
  const simulated = make("p", "scale-simulated", say("simulated"));
  root.append(state, shown, simulated, ...(choice ? [choice] : []), origin, connect, take);
  return { root, mass, state, take, origin, connect, choice, simulated };
}

function drawChoice(desk, say) {
  if (desk.scales.length < 2) return null;
  const choice = make("select", "");
  choice.setAttribute("aria-label", say("which"));
  choice.append(...desk.scales.map((one) => new Option(one.name, one.id, false, one.id === desk.scale?.id)));
  choice.addEventListener("change", () => desk.choose(choice.value));
  return choice;
}

function drawWeight(panel, desk, say) {
  const { state, mass_g } = desk.weight;
  const words = say(desk.portFailed ? "port_failed" : state);
  if (panel.choice) panel.choice.value = desk.scale?.id ?? "";
  panel.mass.textContent = mass_g === null ? "–" : formatKg(mass_g);
  if (panel.state.textContent !== words) panel.state.textContent = words; // it is read out when it changes
  panel.state.className = `scale-state ${state}`;
  panel.take.setAttribute("aria-disabled", String(!canTake(desk.weight)));
  panel.simulated.hidden = !desk.scale?.simulated;
  panel.connect.textContent = say(desk.isConnected ? "disconnect" : "connect");
  panel.connect.hidden = !desk.canConnect || (!desk.isConnected && !isAtRest(state)); // a program reads it already
}

// F4 takes the weight into the field with the focus, else the first empty one, else the first.
function takeByKey(event) {
  if (event.defaultPrevented || event.key !== "F4" || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const shown = fields.filter(({ container }) => container.isConnected);
  const field = shown.find(({ container }) => container.contains(document.activeElement))
    ?? shown.find(({ input }) => !input.value) ?? shown[0];
  if (!field) return;
  event.preventDefault();
  if (field.take()) field.input.focus();
}

document.addEventListener("keydown", takeByKey);

// Return the desk of a site, one for all fields of a page.
export function openDesk(site, environment) {
  if (!desks.has(site)) {
    const desk = new ScaleDesk(site, environment);
    desks.set(site, { desk, loaded: desk.load() });
  }
  return desks.get(site);
}

for (const container of document.querySelectorAll("[data-scale]")) {
  const { desk, loaded } = openDesk(container.dataset.site ?? "");
  if (await loaded) {
    const words = JSON.parse(document.getElementById("scale-words").textContent);
    installWeightField(container, desk, words);
  }
}
