// Makes a photo small enough for a yard's network, without what a phone writes into it, and names it by its SHA-256, as
// events do. So an event can state its photos before any of them is uploaded.

import { sha256 } from "./sha256.js";

const LONGEST_SIDE = 1600;
const QUALITY = 0.8;

// Returns {sha256, blob} of a picture file. Throws where the file is none that this browser can show.
export async function takePhoto(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return { sha256: await sha256(new Uint8Array(await blob.arrayBuffer())), blob };
}
