// Photos of labels, where a camera cannot be watched: read by the same reader, and by the server what the browser cannot open.

import { decode, decodeOnServer } from "./decoder.js";
import { announce, offerScan, wordOf } from "./scans.js";
import { mergeCodes } from "./seen.js";

const SIDES = [1600, 4000]; // pixels of the longer side: small first, which is quick and evens out noise

export function installPhotos(root = document) {
  for (const form of root.querySelectorAll("form[data-scan-photo]")) {
    const input = form.querySelector("input[type=file]");
    form.querySelector("[data-plain-submit]")?.remove(); // the choice of a photo sends it
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (!file) return;
      form.setAttribute("aria-busy", "true");
      announce("", wordOf("scan_photo.reading"));
      try {
        await readPhoto(file);
      } finally {
        form.removeAttribute("aria-busy");
        input.value = ""; // the same photo may be chosen once more
      }
    });
  }
}

async function readPhoto(file) {
  let found = { texts: [], message: "" };
  try {
    found = await readFile(file);
  } catch (error) {
    console.warn("a photo could not be read:", error);
    found.message = wordOf("scan_photo.not_sent");
  }
  const codes = mergeCodes(found.texts);
  for (const { text } of codes) offerScan(text, "photo");
  if (!codes.length) announce("error", found.message || wordOf("scan_photo.no_code"));
}

async function readFile(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return decodeOnServer(file); // a format that this browser does not open; the server says what it takes
  }
  let found = { texts: [], message: "" };
  for (const side of SIDES) {
    found = await decode(drawn(bitmap, side));
    if (found.texts.length || Math.max(bitmap.width, bitmap.height) <= side) break;
  }
  bitmap.close();
  return found;
}

function drawn(bitmap, side) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // beneath a picture with transparent ground
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}
