// What the screens ask of the device's reference: choices in the order in which they are wanted, names in the language
// of the page, and what this device recorded itself since.

import { PROCESSES } from "./process_form.js";
import { languageTag, nameOf, say } from "./words.js";

const DAY_MS = 86_400_000;
const LATELY = 30; // grades of the last loads that count as used here
const NOTHING = {
  materials: [],
  sites: [],
  parties: {},
  vehicles: [],
  recent: {},
  kinds: [],
  arriving: [],
  provinces: [],
  tolerances: {},
};
const IN_STOCK = ["available", "quarantined"];
const RECORDED = ["collect", "ship", "receive", "relabel"]; // tasks that are kinds of event

export class Knowledge {
  constructor(device) {
    this.device = device;
  }

  get reference() {
    return this.device.reference ?? NOTHING;
  }

  get site() {
    return this.device.site;
  }

  get madeMs() {
    return this.reference.made_ms;
  }

  get tolerances() {
    return this.reference.tolerances;
  }

  // Kinds of events that their recorder may take back for some minutes.
  get undoable() {
    return this.reference.undoable ?? [];
  }

  // Whether what this person counted changes the book, or waits for a supervisor.
  get canAdjust() {
    return this.reference.kinds.includes("adjust");
  }

  allows(task) {
    if (task === "process") return PROCESSES.some((kind) => this.reference.kinds.includes(kind));
    return !RECORDED.includes(task) || this.reference.kinds.includes(task);
  }

  // --- grades -----------------------------------------------------------------------------------------------------

  material(id) {
    return this.reference.materials.find((material) => material.id === id);
  }

  // All grades that may be collected here, those used last first.
  grades() {
    const own = this.ownEntries("collect").flatMap(({ draft }) => draft.outputs.map((output) => output.material));
    const order = [...own, ...(this.reference.recent.materials ?? [])];
    const grades = this.reference.materials.filter(({ forms, kinds }) => forms.includes("scrap") && kinds.includes("collect"));
    return sortedBy(grades, [...new Set(order)].slice(0, LATELY));
  }

  // Whether of the last loads of a grade here mostly something was deducted.
  deducts(id) {
    return (this.reference.deducted ?? []).includes(id);
  }

  // The grades of the first tiles; the chosen one is always among them.
  gradesFirst(chosen, most) {
    const grades = this.grades();
    const first = grades.slice(0, most);
    const material = grades.find((grade) => grade.id === chosen);
    return !material || first.includes(material) ? first : [material, ...first.slice(0, most - 1)];
  }

  // Return [the name that people say, what the trade adds]: 混合铸铝（Tense）, Tense: mixed castings.
  splitName(material) {
    const name = nameOf(material);
    const [, first, second] = name.match(/^(.+?)（(.+)）$/) ?? name.match(/^(.+?): (.+)$/) ?? [];
    return first ? [first, second] : [name, say(`metal.${material.metal}`)];
  }

  shortName(materialId) {
    const material = this.material(materialId);
    return material ? this.splitName(material)[0] : materialId;
  }

  // --- parties, vehicles, places ----------------------------------------------------------------------------------

  suppliers() {
    const { recent, parties } = this.reference;
    return toOptions([...this.#own("collect", "supplier_name"), ...(recent.suppliers ?? []), ...(parties.supplier ?? [])]);
  }

  vehicles() {
    const { recent, vehicles } = this.reference;
    const own = [...this.#own("collect", "vehicle_plate"), ...this.#own("ship", "vehicle_plate")];
    return toOptions([...own, ...(recent.vehicles ?? []), ...vehicles.map((vehicle) => vehicle.plate)]);
  }

  // Return the last tare of a vehicle here and when it was weighed, of this device's own entries where they have one.
  vehicle(plate) {
    const isWeighed = ({ draft }) => draft.vehicle_plate === plate && lastTare(draft);
    const own = plate && this.ownEntries("collect").find(isWeighed);
    if (own) return { plate, tare_g: lastTare(own.draft), tare_ms: own.putMs };
    return this.reference.vehicles.find((vehicle) => vehicle.plate === plate);
  }

  // All sites but this one: those sent to last first, then by name.
  destinations() {
    const others = this.reference.sites.filter((site) => site.id !== this.site);
    const sites = others.map((site) => ({ id: site.id, name: nameOf(site), also: site.id }));
    sites.sort((one, other) => one.name.localeCompare(other.name, languageTag));
    return sortedBy(sites, [...new Set([...this.#own("ship", "to"), ...(this.reference.recent.destinations ?? [])])]);
  }

  siteName(id) {
    const site = this.reference.sites.find((one) => one.id === id);
    return site ? nameOf(site) : id ?? "";
  }

  provinces() {
    return this.reference.provinces.map((region) => ({ id: region.id, name: nameOf(region) }));
  }

  province() {
    return this.reference.province ?? "";
  }

  regionName(id) {
    return this.provinces().find((region) => region.id === id)?.name ?? "";
  }

  // What the last load here was, for a device that has recorded none yet.
  recentLoad() {
    const last = (name) => this.reference.recent[name]?.[0] ?? "";
    const [material] = this.grades();
    return {
      material: last("materials") && material ? material.id : "",
      supplier: last("suppliers"),
      vehicle: last("vehicles"),
      source_class: last("source_classes"),
      channel: last("channels") || "offline",
    };
  }

  // --- lots and entries -------------------------------------------------------------------------------------------

  lotOf(code) {
    return this.device.lotOf(code);
  }

  // What is at the site as this device knows it, by code.
  stock() {
    const codes = new Set(this.reference.stock?.map((lot) => lot.code));
    for (const { made, used } of this.entries()) for (const { code } of [...made, ...used]) codes.add(code);
    const lots = [...codes].map((code) => this.lotOf(code)).filter((lot) => lot && lot.site === this.site && IN_STOCK.includes(lot.status));
    return [...new Map(lots.map((lot) => [lot.code, lot])).values()];
  }

  arrivals() {
    return this.reference.arriving.filter((lot) => this.lotOf(lot.code)?.status === "in_transit");
  }

  sayLot(lot) {
    return say("yard.lot_said", { code: lot.code, material: this.shortName(lot.material), mass_g: lot.mass_g });
  }

  sayVerdict({ code, values }) {
    return say(code, { ...values, site: this.siteName(values.site), to: this.siteName(values.to) });
  }

  // Return why a label cannot go onto a new lot: it is on one, or an open ticket has it; "" where it can.
  sayTaken(code, lot = this.lotOf(code)) {
    if (lot) return say("yard.label_bound", { code, material: nameOf(this.material(lot.material)), mass_g: lot.mass_g });
    const held = this.reference.held_labels?.[code];
    return held ? say("yard.label_held", { code, ...held }) : "";
  }

  // Entries of this device, the newest first.
  entries() {
    return [...this.device.outbox.history()].reverse();
  }

  ownEntries(kind) {
    return this.entries().filter((entry) => entry.draft.kind === kind && entry.state !== "withdrawn" && !entry.undoneBy);
  }

  entriesToday() {
    return this.entries().filter((entry) => Date.now() - entry.putMs < DAY_MS);
  }

  loadsToday() {
    const loads = this.ownEntries("collect").filter((entry) => entry.load);
    return loads.map((entry) => ({ ...entry.load, made_ms: entry.putMs }));
  }

  #own(kind, field) {
    return this.ownEntries(kind).map((entry) => entry.draft[field]).filter(Boolean);
  }
}

// The reading of the empty truck: of several grades that after the last.
const lastTare = ({ weighing, outputs }) => (weighing ?? outputs[outputs.length - 1].weighing).tare_g;

const toOptions = (names) => [...new Set(names)].map((name) => ({ id: name, name }));

// Return the things whose ids are in `order` first, in that order, then the others as they were.
export function sortedBy(things, order) {
  const rank = new Map(order.map((id, place) => [id, place]));
  return [...things].sort((one, other) => (rank.get(one.id) ?? rank.size) - (rank.get(other.id) ?? rank.size));
}
