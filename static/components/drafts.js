// Nothing typed is lost: every form marked `data-draft` is kept on the device with each keystroke, and filled in again
// when its page is opened anew: by Back, after a reload, a change of language, a lost session or a crash. It is forgotten
// when the server says that it took the form (`data-sent` of the page that follows).
//
// `data-draft="typed"` marks a form that the server shows with what was sent: that is newer than the draft.

import { DraftStore } from "./draft_store.js";
import { readValues, writeValues } from "./form_values.js";

const ZONE = "Asia/Shanghai";
const template = document.getElementById("draft-words");
const words = template?.dataset;

class FormDraft {
  constructor(form, store, isSent) {
    this.form = form;
    this.store = store;
    this.key = keyOf(form, store);
    this.id = hiddenOf(form, "id")?.value; // of the record, where the form makes one
    this.untouched = comparable(readValues(form));
    this.isTyped = form.dataset.draft === "typed" && !isSent;
    this.areTextsSafe = true; // whether what was typed is durable
    this.areFilesSafe = true;
    this.isLeaving = false;
    this.isRestoring = false;
    this.kept = null; // the draft as it was kept last
    form.autocomplete = "off"; // or the browser fills in a form that was sent, with its id
  }

  async begin() {
    if (this.isTyped) {
      this.store.dropFiles(this.key); // the server has them, or said why not
      this.save();
    } else {
      const draft = await this.store.find(this.key);
      if (draft?.discarded) {
        this.kept = draft;
        this.#say(words.discarded, draft.at, words.bringBack, () => this.restore(draft));
      } else if (draft) await this.restore(draft);
    }
    this.#listen();
  }

  save = async () => {
    if (this.isRestoring) return;
    const values = readValues(this.form);
    const text = comparable(values);
    if (!this.isTyped && text === this.untouched && !this.#countFiles()) {
      if (this.kept && !this.kept.discarded) this.#forget();
      return;
    }
    const at = this.kept && text === comparable(this.kept.values) ? this.kept.at : Date.now();
    const title = document.querySelector("h1")?.textContent.trim();
    const page = location.pathname + location.search;
    this.kept = { at, title, page, values, open: this.#details(), files: this.#countFiles() };
    const wereSafe = this.areTextsSafe;
    this.areTextsSafe = await this.store.put(this.key, this.kept);
    if (wereSafe && !this.areTextsSafe) this.#say(words.notKept);
  };

  async restore(draft) {
    this.isRestoring = true;
    this.kept = draft;
    const left = writeValues(this.form, draft.values).filter(({ value }) => value);
    for (const { name, value } of left) this.form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    const details = this.form.querySelectorAll("details");
    if (details.length === draft.open.length) draft.open.forEach((open, place) => (details[place].open ||= open));
    this.#say(words.restored, draft.at, words.discard, () => this.discard());
    const photos = left.filter(({ name }) => name === "photos").length;
    if (photos) this.#add(words.photosKept.replace("…", photos));
    if (draft.files) await this.#restoreFiles();
    this.isRestoring = false;
    this.kept = { ...draft, discarded: false, values: readValues(this.form) };
    this.save();
  }

  // What is discarded by a slip of the hand comes back by another, as long as its page stays open.
  async discard() {
    this.isLeaving = true;
    await this.store.put(this.key, { ...this.kept, discarded: true });
    location.replace(this.kept.page);
  }

  async #restoreFiles() {
    const kept = await this.store.findFiles(this.key);
    for (const [id, files] of Object.entries(kept)) {
      const input = this.#fileInputs().find((one) => one.id === id);
      if (!input) continue;
      const chosen = new DataTransfer();
      for (const file of files) chosen.items.add(file);
      input.files = chosen.files;
    }
    if (!this.#countFiles()) this.#add(words.photosLost);
  }

  #listen() {
    for (const name of ["input", "change"]) this.form.addEventListener(name, this.save);
    this.form.addEventListener("change", ({ target }) => target.type === "file" && this.#keepFiles());
    // Scans and buttons change lists without an event of the field.
    new MutationObserver(this.save).observe(this.form, { childList: true, subtree: true });
    document.addEventListener("scan", () => setTimeout(this.save));
    this.form.addEventListener("submit", () => {
      this.save();
      this.isLeaving = true;
    });
    addEventListener("pagehide", () => {
      if (this.isLeaving) return;
      if (this.kept?.discarded) this.#forget();
      else this.save();
    });
    addEventListener("pageshow", async ({ persisted }) => {
      this.isLeaving = false;
      if (persisted && this.kept && !(await this.store.find(this.key))) location.reload(); // it was sent meanwhile
    });
    addEventListener("beforeunload", (event) => {
      if (this.isLeaving || (this.areTextsSafe && this.areFilesSafe)) return;
      event.preventDefault();
      event.returnValue = "";
    });
    addEventListener("storage", ({ key, newValue, oldValue }) => {
      if (key === this.key && oldValue && !newValue) this.#leaveToOther(JSON.parse(oldValue));
    });
  }

  // The same form was sent, or emptied, in another window: what stands here is that one, or one of its own.
  #leaveToOther(there) {
    if (comparable(readValues(this.form)) === comparable(there.values)) {
      this.isLeaving = true;
      location.replace(location.pathname + location.search);
    } else if (this.id) {
      hiddenOf(this.form, "id").value = this.id;
      this.#say(words.elsewhere);
      this.save();
    }
  }

  #forget() {
    this.kept = null;
    this.store.drop(this.key);
  }

  async #keepFiles() {
    const files = {};
    for (const input of this.#fileInputs()) if (input.files.length) files[input.id] = [...input.files];
    this.areFilesSafe = await this.store.keepFiles(this.key, files);
    if (!this.areFilesSafe) this.#say(words.notKept);
  }

  #fileInputs() {
    return [...this.form.querySelectorAll("input[type=file]")];
  }

  #countFiles() {
    return this.#fileInputs().reduce((count, input) => count + input.files.length, 0);
  }

  #details() {
    return [...this.form.querySelectorAll("details")].map((one) => one.open);
  }

  #say(text, at = 0, action = "", act = null) {
    this.bar?.remove();
    this.bar = template.content.firstElementChild.cloneNode(true);
    this.#add(text.replace("…", at ? timeOf(at) : ""));
    const button = this.bar.querySelector("button");
    button.hidden = !act;
    button.textContent = action;
    button.addEventListener("click", () => {
      this.bar.remove();
      act();
    });
    this.form.before(this.bar);
  }

  #add(text) {
    this.bar.querySelector("p").append(`${text} `);
  }
}

// A form is kept under the address that it is sent to, and the site that it is for, as the server names it.
function keyOf(form, store) {
  // A button called "action" hides the property of that name.
  const { pathname, search } = new URL(form.getAttribute("action") || location.href, location.href);
  return store.keyOf(decodeURIComponent(pathname) + search, hiddenOf(form, "site")?.value ?? "");
}

function hiddenOf(form, name) {
  return form.querySelector(`input[type=hidden][name=${name}]`);
}

// Two states of a form are the same where all but the id of the record is.
function comparable(values) {
  return JSON.stringify(values.filter(({ name, hidden }) => !hidden || name !== "id").map(({ name, value }) => [name, value]));
}

function timeOf(at) {
  const dayOf = (ms) => new Intl.DateTimeFormat("sv", { timeZone: ZONE }).format(ms);
  const day = dayOf(at) === dayOf(Date.now()) ? {} : { month: "numeric", day: "numeric" };
  const parts = { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: ZONE };
  return new Intl.DateTimeFormat(document.documentElement.lang, parts).format(at);
}

// Home leads to forms that were begun.
async function listOn(section, store) {
  const drafts = await store.list();
  for (const draft of drafts) {
    const line = document.createElement("li");
    const link = document.createElement("a");
    link.href = draft.page;
    link.textContent = draft.title;
    const time = document.createElement("span");
    time.className = "soft";
    time.textContent = ` ${timeOf(draft.at)}`;
    line.append(link, time);
    section.querySelector("ul").append(line);
  }
  section.hidden = !drafts.length;
}

// A site that is chosen in the form is no part of its key.
function keysOf(address, site, store) {
  return [store.keyOf(address, site), store.keyOf(address, "")];
}

// What was begun since on the same form has another id, and stays.
async function forgetTaken(store, key, id) {
  const draft = id ? await store.find(key) : null;
  const kept = draft?.values.find(({ name, hidden }) => hidden && name === "id")?.value;
  if (!kept || kept === id) await store.drop(key);
}

async function start() {
  const store = new DraftStore(words.person);
  const taken = JSON.parse(words.sent || "[]").map(([address, site, id, wasTold]) => ({ keys: keysOf(address, site, store), id, wasTold }));
  await Promise.all(taken.flatMap(({ keys, id }) => keys.map((key) => forgetTaken(store, key, id))));
  const sent = taken.flatMap(({ keys, wasTold }) => (wasTold ? [] : keys));
  const forms = [...document.querySelectorAll("form[data-draft]")];
  await Promise.all(forms.map((form) => new FormDraft(form, store, sent.includes(keyOf(form, store))).begin()));
  const section = document.querySelector("[data-unsent]");
  if (section) await listOn(section, store);
}

if (words) await start();
document.documentElement.dataset.drafts = "ready";
