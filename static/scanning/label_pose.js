// Says how a label of ours lies in a picture, from the corner marks of its two codes that are still whole: two are enough, as
// the layout of labels is known. scanners/label_pose.py does the same on the server.

// Labels by the modules of a code's side, and how far the second code lies from the first, in modules, right and down
// (scanners/labels/layout.py, versions 4 to 8 of both sizes at 203 and 300 dpi; a test holds them to it).
export const FORMS = [
  [33, 79, 39], [37, 75, 35], [41, 71, 31], [45, 67, 27], [49, 63, 23],
  [33, 77, 37.667], [37, 73, 33.667], [41, 69, 29.667], [45, 65, 25.667], [49, 84.6, 37.4],
  [33, 92.333, 52.333], [37, 88.333, 48.333], [41, 84.333, 44.333], [45, 80.333, 40.333], [49, 76.333, 36.333],
  [33, 90.222, 50.778], [37, 86.222, 46.778], [41, 82.222, 42.778], [45, 78.222, 38.778], [49, 74.222, 34.778],
];
const ALIKE = [0.6, 1.6]; // by how much marks of one label differ in size, seen from the side
const CHORD = [0.8, 1.25]; // by how much a mark may differ from the module that the distance of two marks gives
const NEAR = 3; // modules between a mark and the place where a form expects one
const ROUGH = 400; // poses that are compared at every third place
const FINE = 20; // of those, at every place
const BEST = 3; // of those, fitted closely
const RANGE = 1.5; // modules around its expected place in which a pattern is looked for
const STEPS = [0.5, 0.25]; // modules
const MATCH = { 7: 0.9, 5: 0.96 }; // share of a pattern's modules that must agree

// The modules that are the same in every code of a side: rows of 0 and 1, and -1 for all others.
const patterns = new Map();
export function drawPattern(side) {
  if (!patterns.has(side)) patterns.set(side, makePattern(side));
  return patterns.get(side);
}

function makePattern(side) {
  const rows = Array.from({ length: side }, () => new Int8Array(side).fill(-1));
  const put = (row, column, reach, light) => {
    for (let y = -reach; y <= reach; y += 1) {
      for (let x = -reach; x <= reach; x += 1) {
        if (rows[row + y]?.[column + x] === undefined) continue;
        rows[row + y][column + x] = light.includes(Math.max(Math.abs(x), Math.abs(y))) ? 0 : 1;
      }
    }
  };
  for (let at = 8; at < side - 8; at += 1) rows[6][at] = rows[at][6] = 1 - at % 2;
  for (const [row, column] of [[3, 3], [3, side - 4], [side - 4, 3]]) put(row, column, 4, [2, 4]);
  const last = side - 7;
  const corners = [[6, 6], [6, last], [last, 6]].map(String); // corner marks stand there
  const places = side < 45 ? [6, last] : [6, (side - 1) / 2, last];
  for (const place of places.flatMap((row) => places.map((column) => [row, column]))) {
    if (!corners.includes(String(place))) put(...place, 2, [1]);
  }
  rows[side - 8][8] = 1;
  return rows;
}

// Where a place of the label lies in the picture; places are in modules from the corner of the first code.
export function place([a, b, c, d, e, f, g, h], right, down) {
  const depth = g * right + h * down + 1;
  return [(a * right + b * down + c) / depth, (d * right + e * down + f) / depth];
}

// Whether the picture is dark there, as 0 or 1; beyond its edge it is light.
export function isDark({ dark, width, height }, pose, right, down) {
  const depth = pose[6] * right + pose[7] * down + 1;
  const x = Math.floor((pose[0] * right + pose[1] * down + pose[2]) / depth);
  const y = Math.floor((pose[3] * right + pose[4] * down + pose[5]) / depth);
  return x >= 0 && y >= 0 && x < width && y < height ? dark[y * width + x] : 0;
}

// The likeliest poses, best first, each fitted when it is asked for: {form, pose}.
export function* findPoses(picture, marks) {
  const guesses = guessPoses(marks).slice(0, ROUGH).map(fitGuess);
  const ranked = rank(picture, rank(picture, guesses, 3).slice(0, FINE), 1);
  for (const { form, pose } of ranked.slice(0, BEST)) yield { form, pose: refine(picture, form, pose) };
}

function rank(picture, guesses, every) {
  const scored = guesses.map(({ form, pose }) => ({ form, pose, score: compare(picture, form, pose, every) }));
  return scored.sort((one, other) => other.score - one.score);
}

// The share of modules that are the same in every code and stand where a pose expects them.
function compare(picture, form, pose, every) {
  const probes = probesOf(form);
  let [agreeing, seen] = [0, 0];
  for (let at = 0; at < probes.length; at += 3 * every) {
    if (isDark(picture, pose, probes[at], probes[at + 1]) === probes[at + 2]) agreeing += 1;
    seen += 1;
  }
  return agreeing / seen;
}

// Those modules of both codes, one after the other: right, down, 0 or 1.
const probesKnown = new Map();
function probesOf(form) {
  if (probesKnown.has(form)) return probesKnown.get(form);
  const [side, right, down] = form;
  const found = [];
  for (const code of [0, 1]) {
    for (const [y, row] of drawPattern(side).entries()) {
      row.forEach((bit, x) => { if (bit >= 0) found.push(x + 0.5 + code * right, y + 0.5 + code * down, bit); });
    }
  }
  probesKnown.set(form, Float64Array.from(found));
  return probesKnown.get(form);
}

// The middles of the six corner marks of a form.
function cornersOf([side, right, down]) {
  const one = [[3.5, 3.5], [side - 3.5, 3.5], [3.5, side - 3.5]];
  return [...one, ...one.map(([x, y]) => [x + right, y + down])];
}

// Poses in which two marks stand at corners of a form, those first that explain most marks: {form, pose, pairs}.
function guessPoses(marks) {
  const guesses = new Map();
  for (const [at, one] of marks.entries()) {
    for (const other of marks.slice(at + 1)) {
      if (!isWithin(one.chord / other.chord, ALIKE)) continue;
      for (const form of FORMS) guessForm(guesses, marks, one, other, form);
    }
  }
  return [...guesses.values()].sort((one, other) => other.pairs.length - one.pairs.length);
}

function guessForm(guesses, marks, one, other, form) {
  const corners = cornersOf(form);
  const chord = (one.chord + other.chord) / 2;
  const [x, y] = [other.x - one.x, other.y - one.y];
  for (const [first, from] of corners.entries()) {
    for (const [second, to] of corners.entries()) {
      if (first === second) continue;
      const [right, down] = [to[0] - from[0], to[1] - from[1]];
      const square = right * right + down * down;
      const [cos, sin] = [(x * right + y * down) / square, (y * right - x * down) / square];
      if (!isWithin(chord * Math.max(Math.abs(cos), Math.abs(sin)) / (cos * cos + sin * sin), CHORD)) continue;
      const pose = [cos, -sin, one.x - cos * from[0] + sin * from[1], sin, cos, one.y - sin * from[0] - cos * from[1], 0, 0];
      const pairs = pairMarks(marks, corners, pose, NEAR * Math.hypot(cos, sin));
      const key = `${form} ${pairs.map(([corner, mark]) => `${corner}.${marks.indexOf(mark)}`)}`;
      if (guesses.has(key)) continue;
      guesses.set(key, { form, pose, pairs });
    }
  }
}

// A guess brought closer by all the marks that it explains.
function fitGuess({ form, pose, pairs }) {
  const corners = cornersOf(form);
  const fitted = pairs.length > 2 ? fitPose(pairs.map(([corner, mark]) => [corners[corner], [mark.x, mark.y]])) : null;
  return { form, pose: fitted ?? pose };
}

function isWithin(ratio, [least, most]) {
  return ratio > least && ratio < most;
}

// Corners with the marks that stand nearest to them.
function pairMarks(marks, corners, pose, reach) {
  const pairs = [];
  for (const [corner, [right, down]] of corners.entries()) {
    const [x, y] = place(pose, right, down);
    let [nearest, distance] = [null, reach];
    for (const mark of marks) {
      const away = Math.hypot(mark.x - x, mark.y - y);
      if (away < distance) [nearest, distance] = [mark, away];
    }
    if (nearest) pairs.push([corner, nearest]);
  }
  return pairs;
}

// A pose that brings places of the label to places of the picture: of three to five an affine one, of more one in perspective.
function fitPose(pairs) {
  const perspective = pairs.length > 5;
  const rows = [];
  for (const [[right, down], [x, y]] of pairs) {
    rows.push([right, down, 1, 0, 0, 0, ...(perspective ? [-right * x, -down * x] : []), x]);
    rows.push([0, 0, 0, right, down, 1, ...(perspective ? [-right * y, -down * y] : []), y]);
  }
  const solved = solve(rows);
  return solved && (perspective ? solved : [...solved, 0, 0]);
}

// The least squares of equations, each its coefficients and then its value; null where they leave something open.
function solve(rows) {
  const count = rows[0].length - 1;
  const size = Array.from({ length: count }, (_, at) => Math.max(...rows.map((row) => Math.abs(row[at]))) || 1);
  const scaled = rows.map((row) => row.map((value, at) => (at < count ? value / size[at] : value)));
  const sums = Array.from({ length: count }, (_, y) => Array.from({ length: count + 1 }, (__, x) =>
    scaled.reduce((sum, row) => sum + row[y] * row[x], 0)));
  for (let at = 0; at < count; at += 1) {
    let best = at;
    for (let y = at + 1; y < count; y += 1) if (Math.abs(sums[y][at]) > Math.abs(sums[best][at])) best = y;
    [sums[at], sums[best]] = [sums[best], sums[at]];
    if (Math.abs(sums[at][at]) < 1e-9) return null;
    for (let y = 0; y < count; y += 1) {
      const share = y === at ? 0 : sums[y][at] / sums[at][at];
      if (share) for (let x = at; x <= count; x += 1) sums[y][x] -= share * sums[at][x];
    }
  }
  return sums.map((row, at) => row[count] / row[at] / size[at]);
}

// A pose brought closer, by the corner marks and the last alignment marks of both codes, also those that are partly covered.
function refine(picture, form, pose) {
  const [side, right, down] = form;
  const targets = cornersOf(form).map((corner) => [corner, 7]);
  for (const code of [0, 1]) targets.push([[side - 6.5 + code * right, side - 6.5 + code * down], 5]);
  const pairs = [];
  for (const [target, size] of targets) {
    const found = matchMark(picture, pose, target, size);
    if (found) pairs.push([target, place(pose, ...found)]);
  }
  return (pairs.length > 2 && fitPose(pairs)) || pose;
}

// Where a mark of so many modules stands, looked for around a place; null where it agrees nowhere.
function matchMark(picture, pose, target, size) {
  let middle = target;
  let best = -1;
  for (const [round, step] of STEPS.entries()) {
    const reach = round === 0 ? RANGE : step;
    const [right, down] = middle;
    for (let y = -reach; y <= reach; y += step) {
      for (let x = -reach; x <= reach; x += step) {
        const closer = Math.hypot(right + x - target[0], down + y - target[1]) / 1000; // of equal ones the nearest
        const agreeing = countAgreeing(picture, pose, right + x, down + y, size) - closer;
        if (agreeing > best) [best, middle] = [agreeing, [right + x, down + y]];
      }
    }
  }
  return best >= MATCH[size] * size * size - 0.01 ? middle : null;
}

function countAgreeing(picture, pose, right, down, size) {
  const reach = (size - 1) / 2;
  let count = 0;
  for (let y = -reach; y <= reach; y += 1) {
    for (let x = -reach; x <= reach; x += 1) {
      const bit = Math.max(Math.abs(x), Math.abs(y)) === reach - 1 ? 0 : 1;
      if (isDark(picture, pose, right + x, down + y) === bit) count += 1;
    }
  }
  return count;
}
