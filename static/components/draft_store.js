// Drafts of forms on this device, each under its person, site and address. What one person left is never read for another.
//
// Each is written twice. localStorage has it before the next keystroke, so a closed tab or a crashed page loses nothing;
// but browsers write it to the disk only now and then, up to a minute later. IndexedDB has it on the disk some
// milliseconds later, so a killed browser loses no more than that. Photos are in IndexedDB alone.

import { openDB } from "../vendor/idb.js";

const KEPT_MS = 14 * 24 * 3600 * 1000; // as long as the server keeps a photo that no record names yet
const WAIT_MS = 1500; // a database that another window blocks is done without
const TEXTS = "texts";
const FILES = "files";

export class DraftStore {
  #pending = new Map(); // drafts to be mirrored, by key: only the newest of each

  constructor(person) {
    this.begin = `draft ${person} `;
  }

  keyOf(address, site) {
    return `${this.begin}${site} ${address}`;
  }

  // Resolves to the draft, the newer of both; null for none.
  async find(key) {
    const [near, mirrored] = [readLocal(key), await ask((database) => database.get(TEXTS, key))];
    return near && mirrored && mirrored.at > near.at ? mirrored : (near ?? mirrored ?? null);
  }

  // Keeps a draft; resolves to whether it is durable.
  async put(key, draft) {
    const isKept = writeLocal(key, draft);
    const isMirroring = this.#pending.has(key);
    this.#pending.set(key, draft);
    if (isMirroring) return isKept;
    const isMirrored = await ask(async (database) => {
      const newest = this.#pending.get(key);
      if (!this.#pending.delete(key)) return false; // it was dropped meanwhile
      await database.put(TEXTS, newest, key);
      return true;
    });
    this.#pending.delete(key);
    return isKept || Boolean(isMirrored);
  }

  drop(key) {
    removeLocal(key);
    this.#pending.delete(key);
    return ask((database) => Promise.all([database.delete(TEXTS, key), database.delete(FILES, key)]));
  }

  // Resolves to all drafts of this person, the newest first; what is too old goes.
  async list() {
    const mirrored = (await ask((database) => database.getAllKeys(TEXTS))) ?? [];
    const found = [];
    for (const key of new Set([...localKeys(), ...mirrored])) {
      if (!key.startsWith(this.begin)) continue;
      const draft = await this.find(key);
      if (!draft || Date.now() - draft.at > KEPT_MS) await this.drop(key);
      else if (!draft.discarded) found.push(draft);
    }
    return found.sort((one, other) => other.at - one.at);
  }

  // Keeps the files of a form, by the ids of their inputs; resolves to whether they are durable.
  async keepFiles(key, files) {
    return Boolean(await ask((database) => database.put(FILES, files, key)));
  }

  async findFiles(key) {
    return (await ask((database) => database.get(FILES, key))) ?? {};
  }

  dropFiles(key) {
    return ask((database) => database.delete(FILES, key));
  }
}

let opened = null;

// Resolves to what the database answers; null where it is closed to us.
async function ask(question) {
  const patience = new Promise((resolve) => setTimeout(resolve, WAIT_MS, null));
  try {
    opened ??= openDB("drafts", 1, {
      upgrade: (database) => [TEXTS, FILES].forEach((name) => database.createObjectStore(name)),
    });
    return await Promise.race([opened.then(question), patience]);
  } catch {
    return null;
  }
}

function readLocal(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function writeLocal(key, draft) {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
    return true;
  } catch {
    return false; // full, or closed to us
  }
}

function removeLocal(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    return; // nothing was kept either
  }
}

function localKeys() {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}
