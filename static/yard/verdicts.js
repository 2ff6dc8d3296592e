// Whether a lot may join the list of a step, as far as this device knows; the reasons are those of the server's rules.
//
// A verdict is { tone, code, values }: "success" adds a row, "warning" adds a grey one to be checked, "error" adds none.

// Lots that leave must be here, whole, and held by no open ticket or heat.
export function judgeDeparture(code, lot, site, listed) {
  if (listed.some((row) => row.code === code)) return refuse("yard.already_listed", { code });
  if (!lot) return unknown(code);
  const where = { code, site: lot.site, to: lot.to };
  if (lot.status === "in_transit") return refuse("yard.lot_in_transit", where);
  if (lot.status === "quarantined") return refuse("yard.lot_quarantined", where);
  if (lot.status !== "available") return refuse(`yard.lot_${lot.status}`, where);
  if (lot.site !== site) return refuse("yard.lot_elsewhere", where);
  if (lot.held) return refuse("yard.lot_held", { code, ...lot.held });
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

// Lots that get another label must be here and have something left.
export function judgeRelabel(code, lot, site) {
  if (!lot) return refuse("yard.lot_unknown_here", { code });
  const where = { code, site: lot.site, to: lot.to };
  if (lot.status === "in_transit") return refuse("yard.lot_in_transit_now", where);
  if (!["available", "quarantined"].includes(lot.status)) return refuse(`yard.lot_${lot.status}`, where);
  if (lot.site !== site) return refuse("yard.lot_elsewhere", where);
  return { tone: "success", code: "yard.lot_added", values: { code } };
}

// Of lots that are counted a part may be in the furnace already.
export function judgeCount(code, lot, site) {
  return lot?.held ? refuse("yard.lot_held", { code, ...lot.held }) : judgeRelabel(code, lot, site);
}

// Whether a scan is of a label of ours, or a code typed from one. `payload` is that of the bus of scans.
export function namesLot({ kind, code }) {
  return (kind === "lot" || kind === "code") && Boolean(code);
}

const refuse = (code, values) => ({ tone: "error", code, values });
const unknown = (code) => ({ tone: "warning", code: "yard.lot_unknown", values: { code } });
