// Reads the QR codes of a picture beside the page, so that a slow phone still scrolls while it looks.

import { prepareZXingModule, readBarcodes } from "../vendor/zxing.js";

// By itself the library would ask another host for its program.
const program = new URL("../vendor/zxing_reader.wasm", import.meta.url).href;
const ready = prepareZXingModule({ overrides: { locateFile: () => program }, fireImmediately: true });
const OPTIONS = { formats: ["QRCode"], tryHarder: true, tryDenoise: true, maxNumberOfSymbols: 16 };

self.addEventListener("message", async ({ data: { id, image } }) => {
  try {
    await ready;
    const found = await readBarcodes(image, OPTIONS);
    self.postMessage({ id, texts: found.filter((one) => one.isValid).map((one) => one.text) });
  } catch (error) {
    self.postMessage({ id, fault: String(error) });
  }
});
