/** Of a letter, at the most: an SVG cannot ask how wide its text is. */
const LETTER = 7;
const SAMPLE = 32;
const GAP = 28;
export const LEGEND_ROW = 18;

export interface LegendPlace {
  readonly left: number;
  readonly row: number;
}

/** Where the entries of a legend begin, as many in a row as fit between left and right. */
export function legendPlaces(names: readonly string[], left: number, right: number): LegendPlace[] {
  let next = left;
  let row = 0;
  return names.map((name) => {
    const width = SAMPLE + name.length * LETTER;
    if (next + width > right && next > left) {
      next = left;
      row += 1;
    }
    const place = { left: next, row };
    next += width + GAP;
    return place;
  });
}
