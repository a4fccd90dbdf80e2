const SEPARATORS = [',', ';', '\t', '|'];

/** The separator that divides the first lines most evenly; commas when nothing does. */
export function separatorOf(head: string): string {
  const lines = unquoted(head)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, 20);
  let best = { separator: ',', agreeing: 0, count: 0 };
  for (const separator of SEPARATORS) {
    const counts = lines.map((line) => line.split(separator).length - 1).filter((count) => count > 0);
    for (const count of new Set(counts)) {
      const agreeing = counts.filter((other) => other === count).length;
      if (agreeing > best.agreeing || (agreeing === best.agreeing && count > best.count))
        best = { separator, agreeing, count };
    }
  }
  return best.separator;
}

function unquoted(text: string): string {
  return text.replaceAll(/"(?:[^"]|"")*(?:"|$)/g, '');
}

/** Of a column whose name would mean something else to an object. */
const OWN = { configurable: true, enumerable: true, writable: true };

/** Turns cells into records; a row that repeats the beginning of the header (one export a record) is a new header. */
export class Columns {
  #names: readonly string[] | undefined;
  readonly #hasHeader: boolean;

  constructor(hasHeader: boolean) {
    this.#hasHeader = hasHeader;
  }

  /** Undefined for a header. */
  record(cells: readonly string[]): Record<string, string> | undefined {
    if (!this.#hasHeader) return Object.fromEntries(cells.map((cell, index) => [String(index + 1), cell]));
    if (this.#names === undefined || this.#isHeader(cells)) {
      this.#names = cells.map((cell) => cell.trim());
      return undefined;
    }
    const names = this.#names;
    const record: Record<string, string> = {};
    // From the last to the first: of columns with one name the first wins.
    for (let index = Math.min(cells.length, names.length) - 1; index >= 0; index -= 1) {
      const name = names[index] as string;
      if (name === '__proto__') Object.defineProperty(record, name, { ...OWN, value: cells[index] });
      else if (name !== '') record[name] = cells[index] as string;
    }
    return record;
  }

  #isHeader(cells: readonly string[]): boolean {
    const names = this.#names as readonly string[];
    const compared = Math.min(3, names.length);
    return (
      cells.length >= compared &&
      names.slice(0, compared).every((name, index) => name !== '' && cells[index]?.trim() === name)
    );
  }
}
