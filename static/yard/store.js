// The device of one person: what it knows, and what it still has to send. Screens are drawn on this alone.

import { openPersonDb, rememberPerson } from "./device_db.js";
import { Outbox } from "./outbox.js";
import { ReferenceData } from "./reference.js";

// Opens the device of a person at a site, with what it kept, and asks the server for what is new.
//   reference: {me, site, sites, materials, parties, vehicles, recent, stock, arriving}, null before the first answer
//   lotOf(code): the lot as this device knows it, null of one it does not know
export async function openDevice(personId, { site = "", name = "" } = {}) {
  const db = await openPersonDb(personId);
  const known = site || (await db.get("settings", "site")) || "";
  await db.put("settings", known, "site");
  await rememberPerson({ id: personId, name, site: known });
  const outbox = await new Outbox(db, { personId, site: known }).open();
  const reference = await new ReferenceData(db, known).open();
  return new Device(db, outbox, reference, name || personId);
}

class Device {
  #db;
  #data;
  #lots = null;

  constructor(db, outbox, data, name) {
    this.#db = db;
    this.name = name;
    this.#data = data;
    this.outbox = outbox;
    outbox.subscribe(() => { this.#lots = null; });
  }

  get personId() { return this.outbox.personId; }
  get site() { return this.outbox.site; }
  get reference() { return this.#data.data; }

  lotOf(code) {
    this.#lots ??= this.#data.lots(this.outbox.effects());
    return this.#lots.get(code) ?? null;
  }

  // Asks the server for what is new; returns "new", "same", "signed_out", "other_person" or "unreachable".
  async refresh() {
    const outcome = await this.#data.refresh(this.outbox);
    this.#lots = null;
    return outcome;
  }

  // Settings of this person on this device, such as the grade chosen last.
  async setting(name) { return this.#db.get("settings", `own-${name}`); }
  async keepSetting(name, value) { return this.#db.put("settings", value, `own-${name}`); }
}
