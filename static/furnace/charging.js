// Every scan goes into the heat: it is sent at once, one after the other, and the next never waits for an answer. What the
// server cannot be asked about is kept on the device, stands there grey, and is sent again under the same id.

import { groupCode } from "../scanning/codes.js";
import { announce, explain } from "../scanning/scans.js";
import { KeptScans, drawId } from "./kept_scans.js";

const PATIENCE_MS = 8_000;
const AGAIN_MS = 10_000;
const LOOK_MS = 5_000; // until what other devices charged is seen

const say = (text, code) => text.replace("{code}", groupCode(code));

class Charging {
  constructor(home) {
    this.home = home;
    this.part = home.querySelector("[data-part-of-charge]");
    this.list = home.querySelector("[data-kept]");
    this.mass = home.querySelector("[data-next-part] input");
    this.words = JSON.parse(home.dataset.words);
    this.token = document.querySelector("[name=csrf_token]").value;
    this.kept = new KeptScans(home.dataset.heat, () => this.showKept());
    this.queue = Promise.resolve();
    this.waiting = 0;
    this.showKept();
  }

  // --- scans ----------------------------------------------------------------------------------------------------------

  take(code, answer) {
    const scan = { code, id: drawId(), mass: this.mass.value.trim() };
    this.mass.value = "";
    this.enqueue(() => this.charge(scan, answer));
  }

  enqueue(work) {
    this.waiting += 1;
    this.queue = this.queue.then(work).finally(() => { this.waiting -= 1; });
    return this.queue;
  }

  async charge(scan, answer) {
    const told = await this.post(this.home.dataset.scan, { scan: scan.code, id: scan.id, mass: scan.mass ?? "", mass_g: scan.massG ?? "" });
    if (!told) {
      const isKept = this.kept.keep(scan);
      answer(isKept ? "warning" : "error", say(isKept ? this.words.kept : this.words.lost, scan.code));
      return;
    }
    this.kept.forget(scan);
    answer(told.tone, told.message);
    this.show(told);
  }

  async post(address, fields) {
    const body = new URLSearchParams({ csrf_token: this.token, ...fields });
    return this.fetch(address, { method: "POST", body });
  }

  // Return the server's answer; null where it cannot be reached, or a session that ended leads elsewhere.
  async fetch(address, options = {}) {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error", signal: patience.signal, ...options });
      return answer.ok ? (answer.status === 204 ? {} : await answer.json()) : null;
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  // --- what could not be sent -----------------------------------------------------------------------------------------

  showKept() {
    const kept = this.kept.list();
    this.list.hidden = !kept.length;
    this.list.replaceChildren(...kept.map((one) => {
      const row = document.createElement("li");
      row.textContent = say(this.words.kept, one.code);
      return row;
    }));
  }

  // Send again what was kept, and ask again about codes that no lot had.
  sendAgain() {
    if (this.waiting) return;
    for (const scan of this.kept.list()) this.enqueue(() => this.charge(scan, announce));
    for (const row of this.part.querySelectorAll("[data-unknown]")) {
      const scan = { code: row.dataset.unknown, id: drawId(), mass: "" };
      this.enqueue(async () => {
        const told = await this.post(this.home.dataset.scan, { scan: scan.code, id: scan.id });
        if (told && told.outcome !== "unknown") this.show(told);
      });
    }
  }

  // --- what stands on the page ----------------------------------------------------------------------------------------

  show({ html, version, state }) {
    if (state && state !== "open") {
      location.reload(); // it was finished or cancelled at another device
      return;
    }
    if (html === undefined || String(version) === this.home.dataset.version) return;
    const { id } = document.activeElement;
    const inside = this.part.contains(document.activeElement);
    const typed = this.readApproval();
    this.part.innerHTML = html;
    this.home.dataset.version = version;
    this.writeApproval(typed);
    if (!typed) this.part.querySelector("tr:last-child")?.scrollIntoView({ block: "nearest" });
    if (inside) ((id && this.part.querySelector(`#${CSS.escape(id)}`)) || document.getElementById("scan-code")).focus();
  }

  // What a supervisor types beside the lots stays while others are charged; returns null where nothing is open.
  readApproval() {
    const panel = this.part.querySelector("#approval[open]");
    if (!panel) return null;
    const fields = [...panel.querySelectorAll("select, textarea, input:not([type=hidden])")];
    return fields.map(({ type, name, value, checked }) => ({ box: type === "checkbox", name, value, checked }));
  }

  writeApproval(typed) {
    const panel = this.part.querySelector("#approval");
    if (!typed || !panel) return;
    panel.open = true;
    for (const { box, name, value, checked } of typed) {
      const field = panel.querySelector(`[name="${name}"]${box ? `[value="${value}"]` : ""}`);
      if (field && box) field.checked = checked;
      else if (field) field.value = value;
    }
  }

  async look() {
    if (document.hidden || this.waiting) return;
    const told = await this.fetch(`${this.home.dataset.part}?version=${this.home.dataset.version}`);
    if (told && !this.waiting) this.show(told);
  }

  takeOff(code, answer) {
    this.enqueue(async () => {
      const told = await this.post(this.home.dataset.off, { code });
      answer(told?.tone ?? "error", told?.message ?? this.words.unsent);
      if (told) this.show(told);
    });
  }

  // --- command cards --------------------------------------------------------------------------------------------------

  finish(answer) {
    this.enqueue(async () => {
      if (this.kept.list().length) {
        answer("error", this.words.unsent);
        return;
      }
      answer("success", this.words.finishing);
      location.assign(document.querySelector("[data-finish-charging]").href);
    });
  }

  undo(answer) {
    this.enqueue(() => {
      const rows = this.part.querySelectorAll("[data-code]");
      if (!rows.length) answer("warning", this.words.nothing_to_undo);
      else this.takeOff(rows[rows.length - 1].dataset.code, answer);
    });
  }

  cancel(answer) {
    const more = document.getElementById("cancel");
    more.open = true;
    more.querySelector("input[name=reason]").focus();
    answer("warning", this.words.cancel);
  }
}

function hearScans(charging) {
  document.addEventListener("scan", (event) => {
    if (event.defaultPrevented) return;
    const { payload, answer } = event.detail;
    if (payload.kind === "furnace" && payload.code !== charging.home.dataset.furnace) return; // leads to that furnace
    event.preventDefault();
    if (payload.kind === "command") charging[payload.command](answer);
    else if (payload.kind === "lot" || payload.kind === "code") charging.take(payload.code, answer);
    else if (payload.kind === "furnace") answer("warning", charging.words.this_furnace);
    else answer("error", explain(payload) || charging.words.no_lot);
  });
}

function bindForms(charging) {
  const note = (tone, text) => {
    const shown = document.getElementById("scan-note");
    shown.textContent = text;
    shown.dataset.tone = tone;
  };
  charging.home.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-take-off]")) {
      event.preventDefault();
      charging.takeOff(form.elements.code.value, note);
    } else if (form.matches("[data-propose]")) {
      event.preventDefault();
      const scan = { code: form.elements.scan.value, id: drawId(), massG: form.elements.mass_g.value };
      charging.enqueue(() => charging.charge(scan, note));
    }
  });
  // A part is of the lot that is scanned next: Enter leads to the box, Escape takes it back.
  charging.mass.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Escape") charging.mass.value = "";
    document.getElementById("scan-code").focus();
  });
  charging.home.querySelector("[data-undo-charge]").form.addEventListener("submit", (event) => {
    event.preventDefault();
    charging.undo(note);
  });
}

const home = document.querySelector("[data-charging]");
if (home) {
  const charging = new Charging(home);
  hearScans(charging);
  bindForms(charging);
  charging.sendAgain(); // what was scanned while the heat was opened
  window.addEventListener("online", () => charging.sendAgain());
  setInterval(() => charging.sendAgain(), AGAIN_MS);
  setInterval(() => charging.look(), LOOK_MS);
}
