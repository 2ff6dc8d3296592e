// Where the camera is seen on a screen of the yard: its picture, what the last scan was, and a field for a code that no
// camera reads. It stands outside of what screens draw, so that the picture never stops while they do.

import { make } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./words.js";
import { isMuted, setMuted } from "../scanning/feedback.js";
import { offerScan } from "../scanning/scans.js";

export class ScannerPanel {
  #starts = 0; // counts, so that a camera is known that was closed while it started

  constructor(before) {
    this.title = make("h2", {});
    this.detail = make("p", { class: "yard-scanner-detail" });
    this.said = make("p", { class: "yard-scanner-said" });
    this.video = make("video", { playsinline: true, muted: true });
    this.picture = make("div", { class: "yard-scanner-picture", hidden: true }, this.video);
    this.typing = this.#makeTyping();
    this.tools = make("div", { class: "yard-scanner-tools" });
    this.root = make(
      "section",
      { class: "yard-scanner", hidden: true, "aria-label": say("yard.scanner") },
      make("div", { class: "yard-scanner-head" }, this.title, this.tools),
      this.detail,
      this.picture,
      this.said,
      this.typing,
    );
    before.before(this.root);
    this.camera = null;
    this.isDialog = false;
    this.isLit = false;
  }

  get isOn() {
    return this.camera !== null;
  }

  // Shows the scanner of a screen whose every scan is wanted; the camera runs where it was allowed before.
  async offer(title) {
    if (!this.root.hidden && this.title.textContent === title) return;
    this.#show(title, "");
    const isWanted = await isAllowed();
    if (isWanted && !this.root.hidden && !this.isOn && this.title.textContent === title) this.start();
  }

  // Shows the scanner for one scan, with what it is for.
  open(title, detail) {
    this.isDialog = true;
    this.#show(title, detail);
    this.start();
  }

  close() {
    this.#stop();
    this.root.hidden = true;
    this.isDialog = false;
  }

  // Says what the last scan was, in the picture; what stops people stands on the screen itself.
  say(tone, text) {
    this.said.dataset.tone = tone;
    this.said.textContent = text;
  }

  #show(title, detail) {
    this.root.hidden = false;
    this.root.toggleAttribute("data-over", this.isDialog);
    this.root.setAttribute("role", this.isDialog ? "dialog" : "region");
    this.title.textContent = title;
    this.detail.textContent = detail;
    this.said.textContent = "";
    this.#drawTools();
  }

  // Starts the camera; where there is none, codes are typed. A camera that came too late is stopped again.
  async start() {
    this.#starts += 1;
    const mine = this.#starts;
    this.picture.hidden = false;
    try {
      const { startCamera } = await import("../scanning/camera.js"); // the reader is large: loaded once it is wanted
      const hint = (isHard) => isHard && this.say("warning", say("yard.hard_to_read"));
      const camera = await startCamera(this.video, { hint, fail: () => this.#doWithout() });
      if (mine !== this.#starts) camera.stop();
      else this.camera = camera;
    } catch (fault) {
      console.warn("no camera:", fault);
      if (mine === this.#starts) this.#doWithout();
    }
    this.#drawTools();
  }

  #doWithout() {
    this.#stop();
    this.say("warning", say("yard.no_camera"));
    this.typing.hidden = false;
    this.#drawTools();
  }

  #stop() {
    this.#starts += 1;
    this.camera?.stop();
    this.camera = null;
    this.isLit = false;
    this.picture.hidden = true;
    this.typing.hidden = true;
  }

  async #switchLamp() {
    this.isLit = !this.isLit;
    await this.camera.torch(this.isLit);
    this.#drawTools();
  }

  #drawTools() {
    const tools = [];
    const add = (code, drawing, onclick, pressed = null) => {
      const attributes = { class: "yard-scanner-tool", type: "button", "aria-label": say(code), title: say(code) };
      tools.push(make("button", { ...attributes, "aria-pressed": pressed, onclick }, icon(drawing)));
    };
    if (!this.isOn) add("yard.start_scanning", "camera", () => this.start());
    if (this.camera?.torch) add("yard.torch", "torch", () => this.#switchLamp(), String(this.isLit));
    if (this.isOn) add("yard.mute", isMuted() ? "mute" : "sound", () => this.#switchSound(), String(isMuted()));
    add("yard.type_code", "keys", () => this.#type());
    if (this.isOn || this.isDialog) add("yard.stop_scanning", "close", () => this.#end());
    this.tools.replaceChildren(...tools);
  }

  #switchSound() {
    setMuted(!isMuted());
    this.#drawTools();
  }

  #end() {
    if (this.isDialog) return this.close();
    this.#stop();
    this.#drawTools();
  }

  #type() {
    this.typing.hidden = false;
    this.typing.querySelector("input").focus();
  }

  #makeTyping() {
    const field = make("input", {
      id: "typed-code",
      autocomplete: "off",
      autocapitalize: "characters",
      spellcheck: "false",
      "aria-label": say("yard.type_code"),
    });
    const take = (event) => {
      event.preventDefault();
      const typed = field.value;
      field.value = "";
      if (typed.trim()) offerScan(typed, "typed");
    };
    const button = make("button", { class: "button" }, say("yard.take_code"));
    return make("form", { class: "yard-scanner-typing", hidden: true, onsubmit: take }, field, button);
  }
}

// Whether the camera may be used without asking again; browsers that do not tell are asked by a tap.
async function isAllowed() {
  try {
    return (await navigator.permissions.query({ name: "camera" })).state === "granted";
  } catch {
    return false;
  }
}
