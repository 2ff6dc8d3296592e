// Shows one screen at a time, and gives all of them what they share: the device's knowledge, drafts that outlive a reload,
// scans, notes, questions, and the one way in which anything is recorded.

import { endError } from "../scanning/feedback.js";
import { make } from "./dom.js";
import { drawEntryCard, drawUndo } from "./entry_card.js";
import { Knowledge } from "./knowledge.js";
import { findScreenAt } from "./router.js";
import { ScannerPanel } from "./scanner_panel.js";
import { SiteScale } from "./site_scale.js";
import { namesLot } from "./verdicts.js";
import { knowsWord, say } from "./words.js";

const MINUTE_MS = 60_000;
const NEWS_MS = 10_000; // between questions for what is new
const DRAFTS = ["load", "departure", "arrival", "process", "stocktake"]; // forms that are kept while they are filled in

export class ScreenHost extends Knowledge {
  constructor(device, { main, footer }) {
    super(device);
    this.main = main;
    this.footer = footer;
    this.drafts = {};
    this.panel = new ScannerPanel(main);
    this.note = null;
    this.screen = null;
    this.address = null;
    this.previous = null;
    this.askedMs = 0;
    this.scale = new SiteScale(this.site, () => this.screen && this.refreshQuietly());
  }

  // Reads what was typed before, then follows the address.
  async open() {
    for (const name of DRAFTS) this.drafts[name] = (await this.device.setting(`draft-${name}`)) ?? undefined;
    addEventListener("hashchange", () => this.#enter());
    document.addEventListener("scan", (event) => this.#takeScan(event));
    document.addEventListener("scan-answer", ({ detail }) => this.#showAnswer(detail));
    this.device.outbox.subscribe(() => this.refreshQuietly());
    setInterval(() => this.#refreshEntries(), MINUTE_MS / 2); // how long each may still be taken back
    this.#enter();
    return this;
  }

  // Begins anew with what the device knows of its site for the first time, or says that it could not be had.
  learnSite() {
    this.address = null;
    this.#enter();
    if (!this.device.reference) this.#showNote("warning", say("yard.no_data"));
  }

  // Asks the server what is new, where somebody waits for it; the screen is drawn again then.
  async askForNews() {
    if (!navigator.onLine || Date.now() - this.askedMs < NEWS_MS) return;
    this.askedMs = Date.now();
    if ((await this.device.refresh()) === "new") this.refreshQuietly();
  }

  // --- screens ----------------------------------------------------------------------------------------------------

  #enter() {
    if (location.hash === this.address) return;
    const isFirst = this.address === null;
    this.previous = this.address;
    this.address = location.hash;
    const [makeScreen, parts] = findScreenAt(location.hash);
    this.screen = makeScreen(this, parts);
    if (!this.kept) this.note = null;
    this.kept = false;
    this.panel.close();
    endError();
    this.redraw();
    scrollTo(0, 0);
    if (!isFirst) this.main.querySelector("h1")?.focus({ preventScroll: true });
  }

  // Draws the screen again, with the focus and what is typed where they were.
  redraw() {
    const held = document.activeElement;
    const place = held?.id && this.main.contains(held) ? { id: held.id, start: held.selectionStart } : null;
    this.main.replaceChildren();
    this.footer.replaceChildren();
    if (this.screen.camera) this.panel.offer(this.screen.camera());
    if (this.note) this.main.append(this.#drawNote());
    this.screen.draw(this.main, this.footer);
    document.title = `${this.screen.title()} · ${this.siteName(this.site)}`;
    if (place) this.#refocus(place);
  }

  #refocus({ id, start }) {
    const field = document.getElementById(id);
    field?.focus({ preventScroll: true });
    if (start !== null && start !== undefined && field?.type !== "search") field?.setSelectionRange?.(start, start);
  }

  // The queue changed: a screen that shows it is drawn anew, but never under the fingers of somebody who types.
  refreshQuietly() {
    const here = document.activeElement;
    const isTyping = this.main.contains(here) && here.matches("input, select, textarea");
    if (isTyping || document.querySelector("dialog[open]")) this.#refreshEntries();
    else this.redraw();
  }

  #refreshEntries() {
    const entries = this.entries();
    for (const card of this.main.querySelectorAll("[data-entry]")) {
      const entry = entries.find((one) => one.id === card.dataset.entry);
      if (entry) card.replaceWith(this.drawEntry(entry, { short: card.dataset.short === "yes" }));
    }
  }

  go(address) {
    this.kept = Boolean(this.note); // what was said just now is still to be read there
    location.hash = address;
  }

  // Goes to the screen that this one belongs to; where one came from there, without another entry in the history.
  back() {
    const parent = this.address.replace(/\/[^/]*$/, "");
    if (this.previous === parent) history.back();
    else location.replace(parent);
  }

  // --- scans ------------------------------------------------------------------------------------------------------

  #takeScan(event) {
    if (event.defaultPrevented) return;
    event.preventDefault();
    if (this.screen.takeScan) this.screen.takeScan(event.detail);
    else event.detail.answer("warning", say("yard.choose_first"));
  }

  showLot = (detail) => {
    const { payload, answer } = detail;
    if (!namesLot(payload)) return answer("error", this.sayWrongScan(payload));
    const lot = this.lotOf(payload.code);
    answer(lot ? "success" : "warning", lot ? this.sayLot(lot) : say("yard.not_on_device", { code: payload.code }));
    this.go(`#/find/${payload.code}`);
  };

  sayWrongScan(payload) {
    if (payload.reason && knowsWord(payload.reason)) return say(payload.reason, { host: payload.host });
    return say(knowsWord(`yard.scan_of_${payload.kind}`) ? `yard.scan_of_${payload.kind}` : "yard.scan_unreadable");
  }

  openScanner(title, detail) {
    this.panel.open(title, detail);
  }

  closeScanner() {
    this.panel.close();
  }

  // --- words to the person ----------------------------------------------------------------------------------------

  refuse(text) {
    this.#showNote("error", text);
  }

  warn(text) {
    this.#showNote("warning", text);
  }

  confirm(text) {
    this.#showNote("success", text);
  }

  // Of a list whose camera runs a good scan is read in the picture, what stops people on the screen; of one scan both.
  #showAnswer({ tone, message }) {
    const isListing = this.panel.isOn && !this.panel.isDialog;
    this.panel.say(tone, this.panel.isDialog || isListing && tone === "success" ? message : "");
    if (isListing && tone === "success") this.#dropNote();
    else this.#showNote(tone, message);
  }

  #showNote(tone, text) {
    this.note = { tone, text };
    const drawn = this.#drawNote();
    const old = this.main.querySelector(".yard-note");
    if (old) old.replaceWith(drawn);
    else this.main.prepend(drawn);
    if (tone === "error") drawn.scrollIntoView({ block: "nearest" });
  }

  // What went wrong stays until it is tapped; what went well until the next thing is said.
  #drawNote() {
    const { tone, text } = this.note;
    const said = make("span", { role: tone === "error" ? "alert" : "status" }, text);
    return make("button", { class: "yard-note", type: "button", "data-tone": tone, onclick: () => this.#dropNote() }, said);
  }

  #dropNote() {
    this.note = null;
    this.main.querySelector(".yard-note")?.remove();
  }

  // Asks before something is recorded; resolves with whether to go on, or with "other" where that is offered and chosen.
  ask(questions, { yes, no, other = "" }) {
    return new Promise((resolve) => {
      const answer = (value) => {
        dialog.close();
        dialog.remove();
        resolve(value);
      };
      const dialog = make(
        "dialog",
        { class: "yard-question", "aria-label": say("yard.please_confirm") },
        questions.map((text) => make("p", {}, text)),
        other && make("button", { class: "button yard-wide", "data-answer": "other", onclick: () => answer("other") }, other),
        make("button", { class: "button yard-wide", "data-answer": "no", onclick: () => answer(false) }, no),
        make("button", { class: "button main yard-wide", "data-answer": "yes", onclick: () => answer(true) }, yes),
      );
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        answer(false);
      });
      document.body.append(dialog);
      dialog.showModal();
    });
  }

  // --- keeping ----------------------------------------------------------------------------------------------------

  // Keeps what is typed on the device; in memory at once.
  keepDraft(name, value) {
    this.drafts[name] = value;
    return this.device.keepSetting(`draft-${name}`, value);
  }

  // Records a draft: resolves once it would survive a loss of power. The beep comes after that.
  record(draft, effects) {
    return this.device.outbox.put(draft, effects);
  }

  drawEntry(entry, options) {
    return drawEntryCard(this, entry, options);
  }

  // The button that takes an event back, null where it may not be any more.
  drawUndo(entry) {
    return drawUndo(this, entry);
  }

  // Takes an entry back: what was never sent is withdrawn on this device, what may have been is voided at the server.
  takeBack = async (entry) => {
    const withdrawn = await this.device.outbox.withdraw(entry.id);
    if (!withdrawn) {
      const draft = { kind: "correct", targets: [{ event: entry.id }], reason: say("yard.undo_reason"), undo: true };
      const before = entry.before ?? [];
      const isNew = ({ code }) => !before.some((lot) => lot.code === code);
      const used = entry.made.filter(isNew).map(({ code }) => ({ code, status: "void" }));
      await this.record(draft, { undoes: entry.id, used, made: before });
    }
    this.confirm(say(withdrawn ? "yard.withdrawn" : "yard.undo_sent"));
    this.redraw();
  };

  // Removes an entry that the server refused for good; the export has it before.
  putAway = async (entry) => {
    await this.device.outbox.discard(entry.id);
    this.redraw();
  };

  counts() {
    return this.device.outbox.counts();
  }

  exportEntries = async () => {
    const text = await this.device.outbox.exportText();
    const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const download = `yard-${this.device.personId}-${new Date().toISOString().slice(0, 10)}.json`;
    make("a", { href: address, download }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  };
}
