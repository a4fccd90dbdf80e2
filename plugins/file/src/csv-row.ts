import { shortened } from './row.ts';
import type { Cells, Row } from './row.ts';

/** Of a column whose name would mean something else to an object. */
const OWN = { configurable: true, enumerable: true, writable: true };

/** A row of a CSV file. Its record is only made where it is not picked by column, its sample where it does not fit. */
export class CsvRow implements Row {
  readonly cells: Cells;
  readonly place: string;
  readonly #separator: string;

  constructor(cells: Cells, place: string, separator: string) {
    this.cells = cells;
    this.place = place;
    this.#separator = separator;
  }

  get record(): Record<string, string> {
    const { names, values } = this.cells;
    const record: Record<string, string> = {};
    // From the last to the first: of columns with one name the first wins.
    for (let index = Math.min(values.length, names.length) - 1; index >= 0; index -= 1) {
      const name = names[index] as string;
      if (name === '__proto__') Object.defineProperty(record, name, { ...OWN, value: values[index] });
      else if (name !== '') record[name] = values[index] as string;
    }
    return record;
  }

  get sample(): string {
    return shortened(this.cells.values.join(this.#separator));
  }
}
