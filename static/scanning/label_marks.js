// Finds the corner marks of QR codes in a picture: three squares within each other, stripes of 1:1:3:1:1 along every line
// through their middle. scanners/label_marks.py does the same on the server.

const TILES = 40; // across the shorter side; a threshold is of five by five tiles, larger than a mark that can be read
const FLAT = 24; // grey levels between the darkest and the lightest place, below which there is nothing to see
const LINES = 240; // across the shorter side that are looked through
const LEAST = 14; // pixels across a mark
const MOST_SEEN = 300; // a sheet of labels has some 130; a picture made of marks keeps nobody busy
const MOST_MARKS = 12; // a label has six

// A picture in black and white: `dark` holds 1 for dark pixels, each against its surroundings, so a shadow does no harm.
export function findDark({ data, width, height }) {
  const grey = new Uint8Array(width * height);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 4) {
    grey[at] = (77 * data[from] + 150 * data[from + 1] + 29 * data[from + 2]) >> 8;
  }
  const tile = Math.max(8, Math.round(Math.min(width, height) / TILES));
  const cuts = cutTiles(grey, width, height, tile);
  const columns = Math.ceil(width / tile);
  const dark = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = Math.floor(y / tile) * columns;
    for (let column = 0; column < columns; column += 1) {
      const cut = cuts[row + column];
      for (const end = y * width + Math.min(width, (column + 1) * tile); at < end; at += 1) dark[at] = grey[at] < cut ? 1 : 0;
    }
  }
  return { dark, width, height };
}

// The grey levels below which a pixel is dark, tile by tile.
function cutTiles(grey, width, height, tile) {
  const [columns, rows] = [Math.ceil(width / tile), Math.ceil(height / tile)];
  const least = new Uint8Array(columns * rows).fill(255);
  const most = new Uint8Array(columns * rows);
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = Math.floor(y / tile) * columns;
    for (let column = 0; column < columns; column += 1) {
      let [low, high] = [least[row + column], most[row + column]];
      for (const end = y * width + Math.min(width, (column + 1) * tile); at < end; at += 1) {
        if (grey[at] < low) low = grey[at];
        if (grey[at] > high) high = grey[at];
      }
      [least[row + column], most[row + column]] = [low, high];
    }
  }
  const cuts = new Uint8Array(columns * rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      let [low, high] = [255, 0];
      for (let y = Math.max(0, row - 2); y < Math.min(rows, row + 3); y += 1) {
        for (let x = Math.max(0, column - 2); x < Math.min(columns, column + 3); x += 1) {
          low = Math.min(low, least[y * columns + x]);
          high = Math.max(high, most[y * columns + x]);
        }
      }
      cuts[row * columns + column] = high - low < FLAT ? 0 : Math.ceil((low + high) / 2);
    }
  }
  return cuts;
}

// The marks of a picture, those first that were crossed by most lines for their size: {x, y, chord, seen}; `chord` is a
// seventh of the stripes along rows and columns, which is the side of a module where the mark stands upright.
export function findMarks(picture) {
  const { dark, width, height } = picture;
  const step = Math.max(1, Math.floor(Math.min(width, height) / LINES));
  const marks = [];
  for (let y = step >> 1; y < height; y += step) {
    const ends = findEnds(dark, y * width, width);
    for (let first = dark[y * width] ? 0 : 1; first + 5 < ends.length; first += 2) {
      if (!isStriped(ends, first)) continue;
      const mark = crossMark(picture, (ends[first + 2] + ends[first + 3]) / 2, y, ends[first + 5] - ends[first]);
      if (mark) addMark(marks, mark);
    }
  }
  marks.sort((one, other) => other.seen / other.chord - one.seen / one.chord);
  return marks.slice(0, MOST_MARKS);
}

// Where the runs of equal pixels of a row end; the first entry is its beginning.
function findEnds(dark, start, width) {
  const ends = [0];
  for (let x = 1; x < width; x += 1) if (dark[start + x] !== dark[start + x - 1]) ends.push(x);
  ends.push(width);
  return ends;
}

function isStriped(ends, first) {
  const total = ends[first + 5] - ends[first];
  if (total < LEAST) return false;
  const module = total / 7;
  for (let stripe = 0; stripe < 5; stripe += 1) {
    const modules = stripe === 2 ? 3 : 1;
    const width = ends[first + stripe + 1] - ends[first + stripe];
    if (Math.abs(width - modules * module) > module * (stripe === 2 ? 1.2 : 0.6)) return false;
  }
  return true;
}

// The mark whose middle is about here, looked at across both ways; null where there is none.
function crossMark({ dark, width, height }, x, y, total) {
  const column = Math.floor(x);
  const down = crossStripes((at) => dark[at * width + column], y, height, total);
  if (!down || down.total <= total / 2 || down.total >= total * 2) return null;
  const row = Math.min(height - 1, Math.floor(down.middle));
  const across = crossStripes((at) => dark[row * width + at], column, width, total);
  return across && { x: across.middle, y: down.middle, chord: (across.total + down.total) / 14, seen: 1 };
}

// The five stripes around a dark place of a line: {middle, total}, or null.
function crossStripes(at, place, length, longest) {
  if (!at(place)) return null;
  const ends = [place, place, place, place, place, place];
  for (const [step, order] of [[-1, [2, 1, 0]], [1, [3, 4, 5]]]) {
    let here = place + (step > 0 ? 1 : 0);
    for (const [stripe, end] of order.entries()) {
      const wanted = stripe === 1 ? 0 : 1;
      const begin = here;
      const pixel = () => at(step > 0 ? here : here - 1);
      while ((step > 0 ? here < length : here > 0) && pixel() === wanted && Math.abs(here - begin) <= longest) here += step;
      ends[end] = here;
    }
  }
  return isStriped(ends, 0) ? { middle: (ends[2] + ends[3]) / 2, total: ends[5] - ends[0] } : null;
}

function addMark(marks, { x, y, chord }) {
  const known = marks.find((mark) => Math.abs(mark.x - x) < 2 * chord && Math.abs(mark.y - y) < 2 * chord
    && mark.chord > 0.6 * chord && mark.chord < 1.6 * chord);
  if (!known) {
    if (marks.length < MOST_SEEN) marks.push({ x, y, chord, seen: 1 });
    return;
  }
  const { seen } = known;
  known.x = (known.x * seen + x) / (seen + 1);
  known.y = (known.y * seen + y) / (seen + 1);
  known.chord = (known.chord * seen + chord) / (seen + 1);
  known.seen = seen + 1;
}
