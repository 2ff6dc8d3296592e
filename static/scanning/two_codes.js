// Reads a dirty label of ours, which carries one code twice: each code fills in what the other has lost.
//
// The corner marks that are still whole say how the label lies in the picture. Both codes are sampled there, whatever became of
// their other marks; of each module the code is taken that is not under a blotch there; and the marks, which are the same on
// every code, are drawn anew. What comes out goes to the decoder, whose error correction alone says whether it is a code.
// scanners/two_codes.py does the same on the server; a test holds both to the same results.

import { findDark, findMarks } from "./label_marks.js";
import { drawPattern, findPoses, isDark } from "./label_pose.js";
import { OURS, readPayload } from "./payload.js";

const MOST_PIXELS = 2_600_000; // of 1600 × 1600; more is read no better and takes longer
const QUIET = 4; // modules around a code
const SCALE = 3; // pixels of a module of the clean picture
const SPREAD = 0.22; // modules between the nine places at which one is looked at
// Modules around one that tell whether it lies in a plain area: the code itself is never plain over so many.
const AROUND = [];
for (let y = -2; y <= 2; y += 1) {
  for (let x = -2; x <= 2; x += 1) if (Math.abs(x) + Math.abs(y) < 4) AROUND.push([y, x]);
}

// Resolves to the text of a label, null where there is none. `decode` resolves to the texts of an ImageData.
export async function readTwoCodes(image, decode) {
  if (image.width * image.height > MOST_PIXELS) return null;
  const picture = findDark(image);
  const marks = findMarks(picture);
  for (const { form, pose } of findPoses(picture, marks)) {
    const codes = [0, 1].map((code) => sample(picture, form, pose, code));
    for (const modules of [merge(...codes), ...codes]) {
      for (const text of await decode(drawModules(modules))) {
        if (OURS.has(readPayload(text).kind)) return text; // its check character is right, too
      }
    }
  }
  return null;
}

// The modules of the first or second code, rows of 0 and 1.
function sample(picture, [side, right, down], pose, code) {
  const rows = [];
  for (let y = 0; y < side; y += 1) {
    const row = new Uint8Array(side);
    for (let x = 0; x < side; x += 1) {
      let count = 0;
      for (let at = 0; at < 9; at += 1) {
        const [moveX, moveY] = [(at % 3 - 1) * SPREAD, (Math.floor(at / 3) - 1) * SPREAD];
        count += isDark(picture, pose, x + 0.5 + code * right + moveX, y + 0.5 + code * down + moveY);
      }
      row[x] = count > 4 ? 1 : 0;
    }
    rows.push(row);
  }
  return rows;
}

// One code made of two: where they differ, that counts whose surroundings are less plain, as blotches are.
export function merge(one, other) {
  return one.map((row, y) => row.map((bit, x) => {
    if (bit === other[y][x] || plainness(one, y, x) <= plainness(other, y, x)) return bit;
    return other[y][x];
  }));
}

// The share of the modules around one that are as it is.
function plainness(modules, y, x) {
  const bit = modules[y][x];
  let [alike, count] = [0, 0];
  for (const [down, right] of AROUND) {
    const near = modules[y + down]?.[x + right];
    if (near === undefined) continue;
    count += 1;
    if (near === bit) alike += 1;
  }
  return alike / count;
}

// A clean picture of a code, with its marks drawn anew.
function drawModules(modules) {
  const side = modules.length;
  const pattern = drawPattern(side);
  const width = (side + 2 * QUIET) * SCALE;
  const pixels = new Uint32Array(width * width).fill(0xffffffff);
  for (let y = 0; y < side * SCALE; y += 1) {
    for (let x = 0; x < side * SCALE; x += 1) {
      const [row, column] = [Math.floor(y / SCALE), Math.floor(x / SCALE)];
      const drawn = pattern[row][column];
      if (drawn === 1 || (drawn < 0 && modules[row][column])) pixels[(y + QUIET * SCALE) * width + x + QUIET * SCALE] = 0xff000000;
    }
  }
  return new ImageData(new Uint8ClampedArray(pixels.buffer), width, width);
}
