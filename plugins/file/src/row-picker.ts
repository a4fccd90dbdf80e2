import type { Health, Reading } from '@dayfold/sdk';
import { createPicker, isMisfit } from '@dayfold/sdk/picking';
import type { Misfit, Picker } from '@dayfold/sdk/picking';
import { basename } from 'node:path';
import type { FileOptions } from './options.ts';
import type { Row } from './row.ts';

/** Turns rows into readings and reports what does not fit. */
export class RowPicker {
  readonly #pickers: readonly (readonly [series: string, picker: Picker])[];
  readonly #health: Health;

  constructor(options: FileOptions, health: Health) {
    this.#health = health;
    this.#pickers = Object.entries(options.series).map(([series, fields]) => [
      series,
      createPicker(fields, { names: true, decimal: options.decimal }),
    ]);
  }

  /** Adds the readings of a row to `into`; answers at once unless an expression needs jsonata. */
  pick(file: string, row: Row, tally: Tally, into: Reading[]): void | Promise<void> {
    if (row.broken !== undefined) {
      this.#health.misfit(row.broken, `${basename(file)} ${row.place}: ${row.sample}`);
      return;
    }
    const waits: Promise<void>[] = [];
    for (const [series, picker] of this.#pickers) {
      if (row.series !== undefined && row.series !== series) continue;
      const picked = picker.pick(series, row.record);
      if (picked instanceof Promise)
        waits.push(picked.then((late) => this.#take(file, row, late, series, tally, into)));
      else this.#take(file, row, picked, series, tally, into);
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
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
