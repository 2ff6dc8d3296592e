// Says beneath a mass that was weighed at arrival how much it differs from what was sent, as soon as it is typed, where that
// is beyond what the server accepts without a reason.

import { differsBy, formatKg } from "../components/masses.js";

const MOLTEN = "molten_primary";

export function showDifferences(list) {
  const home = list.home.closest("[data-differs]");
  if (!home) return;
  const { differs, tolerancePpm, moltenPpm } = home.dataset;
  const show = (row) => {
    const [sent_g, received_g] = [row.dataset.massG, list.rows.massOf(row)];
    const limit_ppm = Number(row.dataset.form === MOLTEN ? moltenPpm : tolerancePpm);
    const known = sent_g !== undefined && received_g !== null && Boolean(list.rows.partOf(row)?.value.trim());
    const isBeyond = known && differsBy(received_g, Number(sent_g), limit_ppm);
    write(row, isBeyond ? differs.replace("{difference}", tell(received_g - Number(sent_g))) : "");
  };
  list.home.addEventListener("input", ({ target }) => {
    if (target.name?.endsWith("-mass_kg")) show(target.closest("tr"));
  });
  for (const row of list.rows.listLive()) show(row);
}

const tell = (change_g) => `${change_g > 0 ? "+" : ""}${formatKg(change_g)} kg`;

function write(row, text) {
  const cell = row.querySelector(".part");
  const place = cell.querySelector(".differs") ?? document.createElement("p");
  place.className = "differs";
  place.setAttribute("role", "status");
  place.textContent = text;
  if (!place.isConnected && text) cell.append(place);
}
