// What this device knows of a site: as the server told it last, and as the device itself changed it since.

import { noteClock } from "./sending.js";

const ADDRESS = "/yard/reference.json";

export class ReferenceData {
  #db;
  #lots = new Map();

  constructor(db, site) {
    this.#db = db;
    this.site = site;
    this.data = null;
  }

  // Reads what the device has; data stays null where it never had anything.
  async open() {
    this.#take((await this.#db.get("reference", this.site))?.data ?? null);
    return this;
  }

  // Asks the server for what is new; returns "new", "same", "signed_out" or "unreachable". Of a failure nothing is lost.
  async refresh(outbox) {
    const startMs = Date.now();
    const kept = await this.#db.get("reference", this.site);
    const headers = kept?.etag ? { "If-None-Match": kept.etag } : {};
    let answer;
    try {
      answer = await fetch(`${ADDRESS}?site=${encodeURIComponent(this.site)}`, {
        headers, credentials: "same-origin", cache: "no-store", redirect: "manual",
      });
      await noteClock(this.#db, answer, startMs);
      if (answer.type === "opaqueredirect" || answer.status === 401) return "signed_out";
      if (answer.status !== 304 && !answer.ok) return "unreachable";
      if (answer.ok) {
        const data = await answer.json();
        if (data.me?.id !== outbox.personId) return "other_person";
        await this.#keep(data, answer.headers.get("ETag"));
      } else {
        const madeMs = Date.parse(answer.headers.get("Date") ?? "") || kept.data.made_ms;
        await this.#keep({ ...kept.data, made_ms: madeMs }, kept.etag);
      }
    } catch {
      return "unreachable";
    }
    await outbox.absorbDone(startMs);
    return answer.status === 304 ? "same" : "new";
  }

  async #keep(data, etag) {
    await this.#db.put("reference", { site: this.site, data, etag });
    this.#take(data);
  }

  #take(data) {
    this.data = data;
    this.#lots = new Map();
    for (const lot of [...(data?.gone ?? []), ...(data?.arriving ?? []), ...(data?.stock ?? [])]) {
      for (const code of [lot.code, ...lot.codes]) this.#lots.set(code, lot);
    }
  }

  // Returns every lot by its codes: the server's, changed by what waits on this device.
  lots(entries) {
    const lots = new Map(this.#lots);
    for (const { made, used } of entries) {
      for (const { code, mass_g, status = "consumed" } of used) {
        const lot = lots.get(code) ?? { code, codes: [] };
        const left = mass_g === undefined || lot.mass_g === undefined ? 0 : Math.max(0, lot.mass_g - mass_g);
        const changed = left ? { ...lot, mass_g: left, pending: true } : { ...lot, mass_g: 0, status, pending: true };
        for (const name of [code, lot.code, ...(lot.codes ?? [])]) lots.set(name, changed);
      }
      for (const lot of made) {
        const changed = { codes: [], status: "available", site: this.site, ...lot, pending: true };
        for (const name of [lot.code, ...changed.codes]) lots.set(name, changed);
      }
    }
    return lots;
  }
}
