// Whether a lot may join the list of a step, as far as this device knows; the reasons are those of the server's rules.
//
// A verdict is { tone, code, values }: "success" adds a row, "warning" adds a grey one to be checked, "error" adds none.

// Lots that leave must be here, whole and free.
export function judgeDeparture(code, lot, site, listed) {
  if (listed.some((row) => row.code === code)) return refuse("yard.already_listed", { code });
  if (!lot) return unknown(code);
  const where = { code, site: lot.site, to: lot.to };
  if (lot.status === "in_transit") return refuse("yard.lot_in_transit", where);
  if (lot.status === "quarantined") return refuse("yard.lot_quarantined", where);
  if (lot.status !== "available") return refuse(`yard.lot_${lot.status}`, where);
  if (lot.site !== site) return refuse("yard.lot_elsewhere", where);
  return { tone: "success", code: "yard.lot_added", values: { code } };
}

// Lots that arrive must be on their way to this site.
export function judgeArrival(code, lot, site, listed) {
  if (listed.some((row) => row.code === code)) return refuse("yard.already_listed", { code });
  if (!lot) return unknown(code);
  const where = { code, site: lot.site, to: lot.to };
  if (lot.status !== "in_transit") return refuse(lot.site === site ? "yard.lot_here_already" : "yard.lot_not_on_its_way", where);
  if (lot.to && lot.to !== site) return refuse("yard.lot_for_others", where);
  return { tone: "success", code: "yard.lot_added", values: { code } };
}

// What was scanned, if it is no label of a lot; null where it is one. `payload` is that of the bus of scans.
export function judgePayload(payload) {
  if ((payload.kind === "lot" || payload.kind === "code") && payload.code) return null;
  return refuse(REASONS[payload.kind] ?? "yard.scan_unreadable", {});
}

const REASONS = {
  site: "yard.scan_of_site",
  furnace: "yard.scan_of_furnace",
  command: "yard.scan_of_command",
  gs1: "yard.scan_foreign",
  foreign: "yard.scan_foreign",
};

const refuse = (code, values) => ({ tone: "error", code, values });
const unknown = (code) => ({ tone: "warning", code: "yard.lot_unknown", values: { code } });
