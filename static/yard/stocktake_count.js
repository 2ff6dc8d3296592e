// What was counted in a stocktake, against what the book had when it was counted: differences, and lots nobody saw.
//
// A count is { code, material, book_g, counted_g }: the person states what is there, never the difference.

const FAR = 10; // times

// Returns the counts with one more; a lot that is counted again has its newer count.
export function addCount(counts, count) {
  return [...counts.filter(({ code }) => code !== count.code), count];
}

// Whether a count is so far from the book that the unit may be wrong, or the lot: it is asked about before it counts.
export function isFarOff(counted_g, book_g) {
  return counted_g * FAR < book_g || counted_g > book_g * FAR;
}

export function listDifferences(counts) {
  return counts.filter(({ book_g, counted_g }) => book_g !== counted_g);
}

// Returns the lots of the site that were not counted. What an open ticket or heat has is on the scale or in the furnace.
export function listUnseen(lots, counts) {
  return lots.filter((lot) => !lot.held && !counts.some(({ code }) => code === lot.code));
}

// Returns the sums in grams: what the book has of the counted lots, what was counted, and the difference.
export function sumCounts(counts) {
  const book_g = counts.reduce((sum, count) => sum + count.book_g, 0);
  const counted_g = counts.reduce((sum, count) => sum + count.counted_g, 0);
  return { book_g, counted_g, difference_g: counted_g - book_g };
}

// Returns the draft that records one difference. The reason says of which stocktake it is.
export function makeAdjustment({ code, book_g, counted_g }, reason) {
  return { kind: "adjust", lots: [{ lot_code: code }], delta_g: counted_g - book_g, reason };
}
