// The scales of a site as one page sees them: which is used, and what it shows now. A scale is read at a port of this
// computer, else by what a program beside it told the server (traceability scale).
//
//   const desk = new ScaleDesk(site);
//   desk.addEventListener("weight", () => draw(desk.weight));
//   await desk.load();
//
// desk.weight is { state, mass_g, raw }; its state one of stable, moving, over, under, silent, stale, none, offline.

import { askForPort, canOpenPorts, findKnownPort, listenToPort } from "./port.js";

const POLL_MS = 500;
const REST_MS = 3000; // between questions where nobody reads the scale
const ANSWER_MS = 4000;
const SILENT_MS = 3000; // after the last frame at a port
const OLD_MS = 6000; // after the last answer of the server, which tells the age of its readings
const RETRY_MS = 2000;
const AT_REST = ["none", "stale", "offline"];
const nothing = (state) => ({ state, mass_g: null, raw: "" });

export class ScaleDesk extends EventTarget {
  #site;
  #environment;
  #heard_ms = 0;
  #weight = nothing("none");
  #port = null; // what ends the reading of a port
  #polling = null; // what ends the questions
  scales = [];
  scale = null;
  portFailed = false;

  // `environment` replaces what tests do without: { serial, fetch, storage }.
  constructor(site, environment = {}) {
    super();
    this.#site = site;
    this.#environment = {
      serial: navigator.serial, fetch: (...asked) => fetch(...asked), storage: localStorage, ...environment,
    };
  }

  // Learn which scales there are, from `scales` where they are known, else from the server, and where it is not reached as
  // it told last; returns whether there are any.
  async load(scales = null) {
    this.scales = scales ?? (await this.#askForScales());
    const used = this.#recall("scale");
    const scale = this.scales.find((one) => one.id === used) ?? this.scales[0];
    if (scale) await this.choose(scale.id);
    return this.scales.length > 0;
  }

  async #askForScales() {
    const told = await this.#ask(`/scales/${this.#site ? `of/${this.#site}` : "here"}.json`);
    if (told) this.#keep(`known.${this.#site}`, JSON.stringify(told.scales));
    return told?.scales ?? JSON.parse(this.#recall(`known.${this.#site}`) ?? "[]");
  }

  // Read another of the scales from now on.
  async choose(id) {
    this.stop();
    this.scale = this.scales.find((one) => one.id === id) ?? null;
    if (!this.scale) return;
    this.#keep("scale", id);
    const port = this.#recall(`port.${id}`) ? await this.#findPort(findKnownPort) : null;
    if (port) this.#listen(port);
    else this.#poll();
  }

  get canConnect() {
    return canOpenPorts(this.#environment.serial);
  }

  get isConnected() {
    return this.#port !== null;
  }

  // What the scale shows; a weight that was not confirmed for some seconds is none.
  get weight() {
    const heard_ms = performance.now() - this.#heard_ms;
    if (heard_ms <= (this.isConnected ? SILENT_MS : OLD_MS)) return this.#weight;
    return nothing(this.isConnected ? "silent" : "offline");
  }

  // Ask for a port and read it; only a press of the person may do so.
  async connect() {
    const port = await this.#findPort(askForPort);
    if (!port) return;
    this.stop();
    this.#keep(`port.${this.scale.id}`, "1");
    this.#listen(port);
  }

  // Return the port that a way of finding one gives, null where the browser lets nobody have any.
  async #findPort(find) {
    if (!this.canConnect) return null;
    try {
      return await find(this.#environment.serial);
    } catch {
      this.portFailed = true;
      this.dispatchEvent(new Event("weight"));
      return null;
    }
  }

  // Leave the port, and ask the server again.
  disconnect() {
    this.#environment.storage.removeItem(`scales.port.${this.scale.id}`);
    this.stop();
    this.#poll();
  }

  // Ask the server for nothing until a field is there again; a port is read on.
  sleep() {
    this.#polling?.abort();
    this.#polling = null;
  }

  wake() {
    if (this.scale && !this.#port && !this.#polling) this.#poll();
  }

  stop() {
    this.#port?.abort();
    this.#polling?.abort();
    this.#port = this.#polling = null;
    this.#tell(nothing("none"));
  }

  async #listen(port) {
    const ending = (this.#port = new AbortController());
    const { signal } = ending;
    this.portFailed = false;
    const watching = setInterval(() => this.dispatchEvent(new Event("weight")), 1000);
    signal.addEventListener("abort", () => clearInterval(watching));
    while (!signal.aborted) {
      try {
        await listenToPort(port, this.scale, (weight) => signal.aborted || this.#tell(weight), signal);
      } catch {
        this.portFailed = true;
      }
      if (signal.aborted) return;
      this.#tell(nothing("silent"));
      await pause(RETRY_MS);
    }
  }

  async #poll() {
    const ending = (this.#polling = new AbortController());
    const { id } = this.scale;
    while (!ending.signal.aborted) {
      const told = document.hidden ? null : ((await this.#ask(`/scales/${id}/reading.json`)) ?? nothing("offline"));
      if (ending.signal.aborted) return;
      if (told) this.#tell({ state: told.state, mass_g: told.mass_g, raw: told.raw ?? "" });
      await pause(isAtRest(this.#weight.state) ? REST_MS : POLL_MS);
    }
  }

  // Return what the server answers, null where it does not.
  async #ask(address) {
    try {
      const answer = await this.#environment.fetch(address, { signal: AbortSignal.timeout(ANSWER_MS) });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  #tell(weight) {
    this.#weight = weight;
    this.#heard_ms = performance.now();
    if (weight.state === "stable" || weight.state === "moving") this.portFailed = false;
    this.dispatchEvent(new Event("weight"));
  }

  #recall(name) {
    return this.#environment.storage.getItem(`scales.${name}`);
  }

  #keep(name, value) {
    this.#environment.storage.setItem(`scales.${name}`, value);
  }
}

// Whether nobody reads the scale now.
export function isAtRest(state) {
  return AT_REST.includes(state);
}

// A weight that can be taken into a field: it stands still, and something is on the scale.
export function canTake({ state, mass_g }) {
  return state === "stable" && mass_g > 0;
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
