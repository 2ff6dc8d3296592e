// Reads the QR codes of a picture beside the page, so that a slow phone still scrolls while it looks.

import { prepareZXingModule, readBarcodes } from "../vendor/zxing.js";
import { readTwoCodes } from "./two_codes.js";

// By itself the library would ask another host for its program.
const program = new URL("../vendor/zxing_reader.wasm", import.meta.url).href;
const ready = prepareZXingModule({ overrides: { locateFile: () => program }, fireImmediately: true });
const OPTIONS = { formats: ["QRCode"], tryHarder: true, tryDenoise: true, maxNumberOfSymbols: 16 };
const CLEAN = { formats: ["QRCode"], maxNumberOfSymbols: 1 };
const REST = 3; // times as long as the last closer look took, before the next one at pictures of the camera

let restUntil = 0;

// A picture of the camera is `often` followed by the next, so a closer look at what cannot be read has its share of the time.
self.addEventListener("message", async ({ data: { id, image, often = false } }) => {
  try {
    await ready;
    const texts = await read(image, OPTIONS);
    if (!texts.length && !(often && performance.now() < restUntil)) texts.push(...await lookCloser(image));
    self.postMessage({ id, texts });
  } catch (error) {
    self.postMessage({ id, fault: String(error) });
  }
});

async function read(image, options) {
  const found = await readBarcodes(image, options);
  return found.filter((one) => one.isValid).map((one) => one.text);
}

async function lookCloser(image) {
  const begun = performance.now();
  const text = await readTwoCodes(image, (clean) => read(clean, CLEAN));
  const ended = performance.now();
  restUntil = ended + REST * (ended - begun);
  return text === null ? [] : [text];
}
