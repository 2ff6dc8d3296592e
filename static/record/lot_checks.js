// Asks the server what a scanned lot is and whether the list may take it: one question at a time, in the order of scans, so
// that each is judged beside those before it.

const PATIENCE_MS = 8_000;

export class LotChecks {
  // `address` has KIND and CODE in the places of the kind of event and the code.
  constructor(address, site) {
    this.address = address;
    this.site = site;
    this.queue = Promise.resolve();
  }

  // Return the server's answer on a code, as soon as those asked before have theirs; null where it cannot be reached.
  // `describe` returns {kind, beside, making, notes} as they are by then.
  ask(code, describe) {
    const answer = this.queue.then(() => this.fetch(code, describe()));
    this.queue = answer.then(() => undefined);
    return answer;
  }

  // Resolve once everything asked so far is answered.
  settle() {
    return this.queue;
  }

  async fetch(code, { kind, beside, making, notes }) {
    const query = new URLSearchParams({ site: this.site });
    for (const other of beside) query.append("beside", other);
    for (const material of making) query.append("making", material);
    for (const note of notes) query.append("note", note);
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
      const address = `${this.address.replace("KIND", kind).replace("CODE", encodeURIComponent(code))}?${query}`;
      // A session that ended leads to another page: the lot is as unchecked as without a network.
      const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error", signal: patience.signal });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}
