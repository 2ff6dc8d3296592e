// Words of the app in the language of the page, with values filled in as traceability/locale does it.
//
// The server's catalogue stands in the page and is cached with it: a table of forms by message code. A code that it
// has not is shown as it is, since a screen must never fail over its words.

import { formatKg, groupThousands } from "../components/masses.js";
import { groupCode } from "../scanning/codes.js";

export const NO_VALUE = "–";
const FORMATS = { kg: formatKg, code: groupCode, count: formatCount, plain: String, time: formatTime };

let catalogue = {};
let plural = new Intl.PluralRules("zh-CN");
export let languageTag = "zh-CN";

export function learnWords(messages, tag) {
  catalogue = messages;
  languageTag = tag;
  plural = new Intl.PluralRules(tag);
}

// Returns the words of which the codes begin alike, by code.
export function wordsOf(prefix) {
  return Object.fromEntries(Object.entries(catalogue).filter(([code]) => code.startsWith(prefix)));
}

export function knowsWord(code) {
  return code in catalogue;
}

export function say(code, values = {}) {
  const template = chooseForm(code, values);
  const said = template.replace(/\{(\w+)(?::(\w+))?\}/g, (_, name, format) => fill(values[name], format));
  return said.replace(/(\d) kg/g, "$1\u00a0kg"); // a unit never stands alone on a line
}

function chooseForm(code, values) {
  const forms = catalogue[code];
  if (!forms) return code;
  if (typeof forms === "string") return forms;
  if (!Number.isInteger(values.count)) return forms[forms.length - 1];
  const place = plural.resolvedOptions().pluralCategories.indexOf(plural.select(values.count));
  return forms[Math.min(place, forms.length - 1)];
}

function fill(value, format) {
  if (value === undefined || value === null || value === "") return NO_VALUE;
  if (format in FORMATS) return FORMATS[format](value);
  if (format) return say(`${format}.${value}`);
  return Number.isInteger(value) ? formatCount(value) : String(value);
}

function formatCount(number) {
  return groupThousands(String(number));
}

// A material or site has a name in every language of the installation; the reference holds them by language.
export function nameOf(thing) {
  if (!thing) return NO_VALUE;
  if (typeof thing.name === "string") return thing.name;
  const names = thing.names ?? thing.name ?? {};
  return names[languageTag.split("-")[0]] ?? Object.values(names)[0] ?? thing.id;
}

const SHANGHAI = { timeZone: "Asia/Shanghai", hourCycle: "h23" };

export function formatClock(moment_ms) {
  return new Intl.DateTimeFormat("en-GB", { ...SHANGHAI, hour: "2-digit", minute: "2-digit" }).format(moment_ms);
}

export function formatTime(moment_ms) {
  const parts = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(languageTag, { ...SHANGHAI, ...parts }).format(moment_ms);
}
