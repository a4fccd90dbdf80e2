import type { DayKey } from '../config/configuration.ts';

/** Which attribute-days are due for folding, each with the number of its latest touch. */
export class MemoryTouched {
  readonly #marks = new Map<string, DayKey & { readonly mark: number }>();
  #mark = 0;

  add(days: Iterable<DayKey>): void {
    for (const { attribute, date } of days) {
      const key = dayKeyOf({ attribute, date });
      this.#mark += 1;
      // Taken out first: the map keeps the order of the latest touch.
      this.#marks.delete(key);
      this.#marks.set(key, { attribute, date, mark: this.#mark });
    }
  }

  first(limit: number): readonly (DayKey & { readonly mark: number })[] {
    return [...this.#marks.values().take(limit)];
  }

  remove(day: DayKey, mark: number): void {
    const key = dayKeyOf(day);
    if (this.#marks.get(key)?.mark === mark) this.#marks.delete(key);
  }
}

/** One text for each attribute-day. */
export function dayKeyOf({ attribute, date }: DayKey): string {
  return `${date} ${attribute}`;
}
