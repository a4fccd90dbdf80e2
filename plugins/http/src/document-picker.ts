import type { Health, Reading } from '@dayfold/sdk';
import { createPicker, isMisfit, itemsOf } from '@dayfold/sdk/picking';
import type { PickerOptions } from '@dayfold/sdk/picking';

export interface SeriesOptions extends PickerOptions {
  readonly items?: string | undefined;
}

export interface Picked {
  readonly readings: readonly Reading[];
  /** Of all series together. */
  readonly items: number;
  /** A sentence about the first series that none of its items fitted. */
  readonly complaint: string | undefined;
}

/** Turns a JSON document into readings and reports the items that do not fit. */
export class DocumentPicker {
  readonly #series;
  readonly #health: Health;

  constructor(series: Readonly<Record<string, SeriesOptions>>, items: string | undefined, health: Health) {
    this.#health = health;
    this.#series = Object.entries(series).map(([name, options]) => ({
      name,
      itemsIn: itemsOf(options.items ?? items),
      picker: createPicker(options),
    }));
  }

  async pick(document: unknown): Promise<Picked> {
    const readings: Reading[] = [];
    let count = 0;
    let complaint: string | undefined;
    for (const { name, itemsIn, picker } of this.#series) {
      const items = await itemsIn(document);
      const before = readings.length;
      let why = '';
      count += items.length;
      for (const item of items) {
        const picked = await picker.pick(name, item);
        if (!isMisfit(picked)) {
          readings.push(picked);
          continue;
        }
        why = picked.misfit;
        // A null is how APIs say that there is nothing yet.
        if (why !== 'no value') this.#health.misfit(why, (JSON.stringify(item) ?? '').slice(0, 200));
      }
      if (items.length > 0 && readings.length === before)
        complaint ??= `none of ${items.length} items gave a reading for ${name}: ${why}`;
    }
    return { readings, items: count, complaint };
  }
}
