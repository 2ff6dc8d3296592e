// Which screen is shown follows location.hash, so that Back works as everywhere.

import { collectScreen } from "./screens/collect.js";
import { findScreen } from "./screens/find.js";
import { deductionsScreen, gradeScreen, sourceScreen, tareScreen } from "./screens/load_choices.js";
import { outputGradeScreen, processScreen } from "./screens/process.js";
import { receiveScreen } from "./screens/receive.js";
import { recordsScreen } from "./screens/records.js";
import { relabelScreen } from "./screens/relabel.js";
import { destinationScreen, shipScreen } from "./screens/ship.js";
import { startScreen } from "./screens/start.js";
import { countEndScreen, stocktakeScreen } from "./screens/stocktake.js";
import { todayScreen } from "./screens/today.js";

const SCREENS = {
  "": startScreen,
  collect: collectScreen,
  "collect/grade": gradeScreen,
  "collect/from": sourceScreen,
  "collect/tare": tareScreen,
  "collect/deductions": deductionsScreen,
  ship: shipScreen,
  "ship/to": destinationScreen,
  receive: receiveScreen,
  process: processScreen,
  "process/grade": outputGradeScreen,
  stocktake: stocktakeScreen,
  "stocktake/end": countEndScreen,
  relabel: relabelScreen,
  today: todayScreen,
  find: findScreen,
  records: recordsScreen,
  queue: recordsScreen, // where the status bar leads
};

// Return [what makes the screen of an address, its further parts]; an address of nothing is the start.
export function findScreenAt(hash) {
  const parts = hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
  for (let length = parts.length; length >= 0; length -= 1) {
    const made = SCREENS[parts.slice(0, length).join("/")];
    if (made && (length || !parts.length)) return [made, parts.slice(length)];
  }
  return [startScreen, []];
}
