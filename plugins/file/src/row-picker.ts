import type { Health, Reading } from '@dayfold/sdk';
import { createPicker, isMisfit, namesColumns } from '@dayfold/sdk/picking';
import type { Misfit, Picker } from '@dayfold/sdk/picking';
import { basename } from 'node:path';
import type { FileOptions } from './options.ts';
import type { Row } from './row.ts';

interface SeriesPicker {
  readonly series: string;
  readonly picker: Picker;
  /** It takes the cells of a row, not its record. */
  readonly isByColumn: boolean;
}

/** Turns rows into readings and reports what does not fit. */
export class RowPicker {
  readonly #options: FileOptions;
  readonly #health: Health;
  readonly #ofRecords: readonly SeriesPicker[];
  /** For rows with these names. */
  #ofCells: { readonly names: readonly string[]; readonly pickers: readonly SeriesPicker[] } | undefined;

  constructor(options: FileOptions, health: Health) {
    this.#options = options;
    this.#health = health;
    this.#ofRecords = pickersOf(options);
  }

  /** Adds the readings of a row to `into`; answers at once unless an expression needs jsonata. */
  pick(file: string, row: Row, tally: Tally, into: Reading[]): void | Promise<void> {
    if (row.broken !== undefined) {
      this.#health.misfit(row.broken, `${basename(file)} ${row.place}: ${row.sample}`);
      return;
    }
    const waits: Promise<void>[] = [];
    let record: unknown;
    for (const { series, picker, isByColumn } of this.#pickersFor(row)) {
      if (row.series !== undefined && row.series !== series) continue;
      const picked = picker.pick(series, isByColumn ? row.cells?.values : (record ??= row.record));
      if (picked instanceof Promise)
        waits.push(picked.then((late) => this.#take(file, row, late, series, tally, into)));
      else this.#take(file, row, picked, series, tally, into);
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  #pickersFor({ cells }: Row): readonly SeriesPicker[] {
    // Of a row that is too short a name may be an expression all the same.
    if (cells === undefined || cells.values.length < cells.names.length) return this.#ofRecords;
    const { names } = cells;
    if (this.#ofCells?.names !== names) this.#ofCells = { names, pickers: pickersOf(this.#options, names) };
    return this.#ofCells.pickers;
  }

  #take(file: string, row: Row, picked: Reading | Misfit, series: string, tally: Tally, into: Reading[]): void {
    if (!isMisfit(picked)) {
      tally.fitted(series);
      into.push(picked);
      return;
    }
    tally.missed(series, picked.misfit);
    // An empty cell is how tables say that there was nothing.
    if (picked.misfit !== 'no value')
      this.#health.misfit(picked.misfit, `${basename(file)} ${row.place}: ${row.sample}`);
  }
}

function pickersOf({ series, decimal }: FileOptions, columns: readonly string[] = []): readonly SeriesPicker[] {
  return Object.entries(series).map(([name, fields]) => {
    const isByColumn = namesColumns(fields, columns);
    const picker = createPicker(fields, { names: true, decimal, ...(isByColumn && { columns }) });
    return { series: name, picker, isByColumn };
  });
}

/** Counts of one pass over a file: a series that no row fits is a mistake in its options. */
export class Tally {
  readonly #fitted = new Set<string>();
  readonly #missed = new Map<string, { count: number; readonly why: string }>();

  fitted(series: string): void {
    this.#fitted.add(series);
  }

  missed(series: string, why: string): void {
    const before = this.#missed.get(series);
    if (before === undefined) this.#missed.set(series, { count: 1, why });
    else before.count += 1;
  }

  /** A sentence about the first series without a single reading. */
  get complaint(): string | undefined {
    for (const [series, { count, why }] of this.#missed) {
      if (!this.#fitted.has(series)) return `none of ${count} rows gave a reading for ${series}: ${why}`;
    }
    return undefined;
  }
}
