// The loads on their way here, as they stand on the page: a load whose note is open has its lots counted as they are ticked.

export class DueLoads {
  constructor(root) {
    this.root = root;
    this.all = [...root.querySelectorAll(".load[data-note]")];
  }

  // Return the codes of the notes that are open.
  listOpen() {
    return this.all.filter((load) => load.classList.contains("open-note")).map((load) => load.dataset.note);
  }

  // Open a note and have the form say so; return whether its load is on the page.
  open(code) {
    const load = this.all.find(({ dataset }) => dataset.note === code);
    if (!load) return false;
    load.open = true;
    if (!load.classList.contains("open-note")) {
      load.classList.add("open-note");
      load.querySelector("[data-open-note]")?.remove();
      load.append(Object.assign(this.root.createElement("input"), { type: "hidden", name: "delivery", value: code }));
    }
    load.scrollIntoView({ block: "nearest" });
    return true;
  }

  // Tick the lots that are in the list, and count those of the open notes; `words` hold {done} and {of}.
  refresh(isHere, words) {
    const counted = { done: 0, of: 0 };
    for (const load of this.all) {
      for (const lot of load.querySelectorAll("[data-code]")) {
        const here = isHere(lot.dataset.code);
        lot.classList.toggle("arrived", here);
        if (!load.classList.contains("open-note")) continue;
        counted.of += 1;
        counted.done += here ? 1 : 0;
      }
    }
    const place = this.root.querySelector(".list-bar [data-ticked]");
    if (!place) return;
    place.hidden = counted.of === 0;
    place.querySelector("span").textContent = words.replace("{done}", counted.done).replace("{of}", counted.of);
  }
}
