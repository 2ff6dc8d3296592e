// Reads a scanned or typed text as a code of ours, a command card, a GS1 key, a foreign code or nothing readable, as
// scanners/payload.py does; payload_vectors.json in tests/scanners holds both to the same results.

import { isCode, isShipmentCode, normaliseCode } from "./codes.js";
import { readDigitalLink, readElementString, unquote } from "./gs1.js";

const LONGEST = 2000;
const COMMANDS = { C00000000017: "finish", C00000000025: "undo", C00000000033: "cancel" };
const KINDS = { l: "lot", s: "site", f: "furnace", c: "command", t: "shipment" };
// Kinds of what we print ourselves.
export const OURS = new Set(["lot", "site", "furnace", "shipment", "command", "code"]);
const FNC1 = "\x1d";
const SYMBOLOGIES = /^\](?:C1|e0|d2|Q3|J1)/;
const AIM = /^\][A-Za-z][0-9A-Za-z]/;
const IME = { "、": "/", "。": ".", "：": ":", "·": "-" };
const AROUND = " .,;:!?'\"<>()[]{}‘’“”«»「」『』《》〈〉【】/";
const OUR_ADDRESS = /^(?:(https?):\/\/)?([^/ \t\n\r\f\v?#@]+)\/([lsfct])\/([^/?#]+)\/?(?:[?#].*)?$/is;
const ADDRESS = /^[a-z][a-z0-9+.-]*:(\/\/)?[^ \t\n\r\f\v].*$/is;
const HOST = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i;
const ARTICLE = /^(?:[0-9]{8}|[0-9]{13,14}|\([0-9]{2,4}\).+)$/s;

// The host that our labels name stands on the page; a page without it is one of that host itself.
const hostOfPage = () => globalThis.document?.documentElement.dataset.host || globalThis.location?.host || "";

export function readPayload(text, ownHost = hostOfPage()) {
  const visible = text.replace(/[\p{Cc}\p{Cf}]/gu, (char) => ("\t\n\r\x1d".includes(char) ? char : ""));
  const received = strip(visible);
  if (!received) return answer("unreadable", "", { reason: "scan.empty" });
  if ([...received].length > LONGEST) {
    return answer("unreadable", [...received].slice(0, LONGEST).join(""), { reason: "scan.too_long" });
  }
  const plain = strip(received.replace(AIM, "").replace(/[、。：·]/g, (char) => IME[char]).normalize("NFKC"));
  const bare = trimAround(plain);
  const ours = bare.match(OUR_ADDRESS);
  if (ours) return readOurAddress(received, ours, ownHost);
  if (ADDRESS.test(plain)) return readOtherAddress(received, plain);
  return readBare(received, plain, bare, SYMBOLOGIES.test(received) || visible.includes(FNC1));
}

function answer(kind, text, more = {}) {
  return { kind, text, code: null, command: null, host: null, foreignHost: false, gs1: null, reason: null, ...more };
}

function readOurAddress(received, [, scheme, named, path, written], ownHost) {
  const kind = KINDS[path.toLowerCase()];
  const host = plainHost(named, (scheme ?? "https").toLowerCase());
  const foreignHost = host !== plainHost(ownHost, "https") && host !== plainHost(ownHost, "http");
  const code = normaliseCode(unquote(written));
  if (!isCode(code)) {
    const reason = foreignHost ? "scan.foreign" : explainNoCode(code);
    return answer(foreignHost ? "foreign" : "unreadable", received, { host, foreignHost, reason });
  }
  const command = kind === "command" ? COMMANDS[code] ?? null : null;
  if (kind === "command" && !command) {
    return answer("unreadable", received, { code, host, foreignHost, reason: "scan.no_command" });
  }
  if (kind === "shipment" && !isShipmentCode(code)) {
    return answer("unreadable", received, { code, host, foreignHost, reason: "scan.no_shipment" });
  }
  return answer(kind, received, { code, command, host, foreignHost, reason: foreignHost ? "scan.foreign_host" : null });
}

function readOtherAddress(received, plain) {
  const host = plain.match(HOST)?.[1].toLowerCase() || null;
  const link = readDigitalLink(plain);
  return link ? readGs1(received, link, host) : answer("foreign", received, { host, reason: "scan.foreign" });
}

function readGs1(received, gs1, host = null) {
  for (const key of [gs1.serial, gs1.batch]) {
    const code = normaliseCode(key ?? "");
    if (isCode(code)) return answer("lot", received, { code, host, gs1 });
  }
  return answer("gs1", received, { host, gs1 });
}

function readBare(received, plain, bare, marked) {
  const code = normaliseCode(bare);
  if (isCode(code)) {
    const command = COMMANDS[code] ?? null;
    const kind = command ? "command" : isShipmentCode(code) ? "shipment" : "code";
    return answer(kind, received, { code, command });
  }
  const link = readElementString(plain, marked);
  if (link) return readGs1(received, link);
  if (marked || ARTICLE.test(plain)) return answer("foreign", received, { reason: "scan.foreign" });
  return answer("unreadable", received, { reason: explainNoCode(code) });
}

const explainNoCode = (code) => (/^[0-9A-Za-z]{12}$/.test(code) ? "scan.check_character" : "scan.not_a_code");

function plainHost(host, scheme) {
  const port = scheme === "http" ? ":80" : ":443";
  const lower = host.toLowerCase();
  return (lower.endsWith(port) ? lower.slice(0, -port.length) : lower).replace(/\.+$/, "");
}

const strip = (text) => text.replace(/^[\s\x1d]+|[\s\x1d]+$/g, "");

function trimAround(text) {
  let [start, end] = [0, text.length];
  while (start < end && AROUND.includes(text[start])) start += 1;
  while (end > start && AROUND.includes(text[end - 1])) end -= 1;
  return text.slice(start, end);
}
