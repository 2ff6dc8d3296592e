// Ids of events: UUIDv7 (RFC 9562), so that they sort by the time of their making. crypto.randomUUID is missing on plain
// http, getRandomValues never is.

let last = 0n;

// Returns a new id; ids of one page rise, also within a millisecond and when the clock is set back.
export function uuid7(nowMs = Date.now()) {
  const random = crypto.getRandomValues(new Uint8Array(10));
  // 48 bits of ms and 12 bits that count on within one.
  const wanted = (BigInt(nowMs) << 12n) | BigInt(((random[0] << 8) | random[1]) & 0x7ff);
  last = wanted > last ? wanted : last + 1n;
  const time = (last >> 12n).toString(16).padStart(12, "0");
  const count = (last & 0xfffn).toString(16).padStart(3, "0");
  random[2] = (random[2] & 0x3f) | 0x80;
  const rest = [...random.subarray(2)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${rest.slice(0, 4)}-${rest.slice(4)}`;
}
