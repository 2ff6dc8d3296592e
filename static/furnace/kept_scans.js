// The scans of a heat that wait on this device until the server has heard them, each under an id of its own.

// crypto.randomUUID is missing on plain HTTP.
export const drawId = () => [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");

export class KeptScans {
  #key;
  #onChange;

  constructor(heat, onChange = () => {}) {
    this.#key = `heat-scans:${heat}`;
    this.#onChange = onChange;
  }

  list() {
    return JSON.parse(localStorage.getItem(this.#key) ?? "[]");
  }

  // Returns whether the device has room for it.
  keep(scan) {
    const kept = this.list();
    try {
      if (!kept.some((one) => one.code === scan.code)) this.#store([...kept, scan]);
      return true;
    } catch {
      return false;
    }
  }

  forget(scan) {
    this.#store(this.list().filter((one) => one.id !== scan.id));
  }

  #store(kept) {
    if (kept.length) localStorage.setItem(this.#key, JSON.stringify(kept));
    else localStorage.removeItem(this.#key);
    this.#onChange();
  }
}
