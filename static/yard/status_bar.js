// The bar that always says how far this device is with the server: online or not, how much waits, how much asks for
// somebody; and beneath it what keeps the rest from being sent, with what to do about it.

import { listQueuesOfOthers } from "./device_db.js";
import { installApp, keepStorage } from "./installing.js";

const CLOCK_MS = 120_000; // what a device's clock may differ by

// Draws the bar of the app, makes the page an app where the browser can, and tells in the bar what stands against it.
export function drawStatusBar(device) {
  const root = document.getElementById("queue-bar");
  root.dataset.name = device.name;
  const bar = new StatusBar(device.outbox, root);
  installApp({ onUpdate: () => bar.tell({ hasUpdate: true }) }).then((install) => bar.tell({ install }));
  keepStorage().then((isNearlyFull) => bar.tell({ isNearlyFull }));
  listQueuesOfOthers(device.personId).then((others) => bar.tell({ others }));
  return bar;
}

export class StatusBar {
  #outbox;
  #root;
  #words;
  #facts = { install: "", isNearlyFull: false, hasUpdate: false, others: [] };

  constructor(outbox, root = document.getElementById("queue-bar")) {
    this.#outbox = outbox;
    this.#root = root;
    this.#words = JSON.parse(root.querySelector("script").textContent);
    outbox.subscribe(() => this.draw());
    this.draw();
  }

  // Adds what was found out: install, isNearlyFull, hasUpdate, others.
  tell(facts) {
    Object.assign(this.#facts, facts);
    this.draw();
  }

  draw() {
    const { waiting, attention, putOff } = this.#outbox.counts();
    const isOnline = navigator.onLine && this.#outbox.reason !== "unreachable";
    const state = this.#root.querySelector(".queue-state");
    state.textContent = this.#say(isOnline ? "queue.online" : "queue.offline");
    state.classList.toggle("warn", !isOnline);
    const link = this.#root.querySelector(".queue-open");
    const counts = [this.#say("queue.waiting", { count: waiting }), this.#say("queue.attention", { count: attention })];
    link.replaceChildren(...counts.flatMap((text, place) => (place ? [" · ", mark(text, attention)] : [text])));
    this.#root.dataset.waiting = waiting;
    this.#root.dataset.attention = attention;
    this.#drawNotes(this.#listNotes(waiting, putOff));
  }

  // Returns [text, link or button] of what somebody should know, the most urgent first.
  #listNotes(waiting, putOff) {
    const { reason, skewMs, personId } = this.#outbox;
    const { signIn, name = personId } = this.#root.dataset;
    const toSignIn = () => link(signIn, this.#say("queue.sign_in"));
    const minutes = Math.round(Math.abs(skewMs) / 60_000);
    const { install, isNearlyFull, hasUpdate, others } = this.#facts;
    return [
      reason === "signed_out" && [this.#say("queue.signed_out", { count: waiting }), toSignIn()],
      reason === "other_person" && [this.#say("queue.other_signed_in", { name }), toSignIn()],
      reason === "failed" && [this.#say("queue.failed")],
      putOff > 0 && [this.#say("queue.put_off", { count: putOff })],
      isNearlyFull && [this.#say("queue.nearly_full")],
      Math.abs(skewMs) > CLOCK_MS && [this.#say(skewMs > 0 ? "queue.clock_slow" : "queue.clock_fast", { minutes })],
      hasUpdate && [this.#say("queue.update"), button(this.#say("queue.reload"), () => location.reload())],
      ...others.map((queue) => [this.#say("queue.of_others", queue)]),
      install && [this.#say(`queue.${install}`)],
    ].filter(Boolean);
  }

  #drawNotes(notes) {
    const place = this.#root.querySelector(".queue-notes");
    const said = notes.map(([text]) => text).join("\n");
    if (place.dataset.said === said) return; // a screen reader says it once
    place.dataset.said = said;
    place.hidden = !notes.length;
    place.replaceChildren(...notes.map(([text, action]) => {
      const line = document.createElement("p");
      line.append(text, ...(action ? [" ", action] : []));
      return line;
    }));
  }

  #say(code, values = {}) {
    return (this.#words[code] ?? code).replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }
}

function mark(text, isUrgent) {
  const element = document.createElement(isUrgent ? "b" : "span");
  element.textContent = text;
  return element;
}

function link(href, text) {
  const element = document.createElement("a");
  Object.assign(element, { href, textContent: text });
  return element;
}

function button(text, press) {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", className: "link", textContent: text });
  element.addEventListener("click", press);
  return element;
}
