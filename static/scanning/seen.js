// What of the codes in a picture is a scan. A label carries its code twice, and perhaps a code of somebody else: where one is
// ours, it alone counts. What the camera saw a moment ago it sees for many pictures more: that is the same scan.

import { OURS, readPayload } from "./payload.js";

const SAME_MS = 2500;

export function mergeCodes(texts) {
  const found = new Map();
  for (const text of texts) {
    const payload = readPayload(text);
    const key = payload.code ?? text;
    if (!found.has(key)) found.set(key, { text, key, isOurs: OURS.has(payload.kind) });
  }
  const all = [...found.values()];
  return all.some((one) => one.isOurs) ? all.filter((one) => one.isOurs) : all;
}

// Remembers what a camera saw; a code is new again when it was out of sight for SAME_MS.
export class SeenCodes {
  #last = new Map();

  takeNew(texts, now) {
    const fresh = [];
    for (const { text, key } of mergeCodes(texts)) {
      if (now - (this.#last.get(key) ?? -Infinity) >= SAME_MS) fresh.push(text);
      this.#last.set(key, now);
    }
    return fresh;
  }
}
