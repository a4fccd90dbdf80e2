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

/** Tells the names under which cells stand; a row that repeats the beginning of the header (one export a record) is a new header. */
export class Columns {
  #names: readonly string[] | undefined;
  readonly #hasHeader: boolean;

  constructor(hasHeader: boolean) {
    this.#hasHeader = hasHeader;
  }

  /** The same list until there is another header; undefined for a header itself. */
  namesOf(cells: readonly string[]): readonly string[] | undefined {
    if (!this.#hasHeader) return this.#numbers(cells.length);
    if (this.#names === undefined || this.#isHeader(cells)) {
      this.#names = cells.map((cell) => cell.trim());
      return undefined;
    }
    return this.#names;
  }

  #numbers(count: number): readonly string[] {
    if (this.#names === undefined || this.#names.length < count)
      this.#names = Array.from({ length: count }, (_, index) => String(index + 1));
    return this.#names;
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
