import type { Journal } from '../store/journal.ts';
import type { KnownSeries } from '../store/known-series.ts';
import type { AttributeIndex } from './attribute-index.ts';

/** A home has hundreds of series; a wildcard on a topic that holds a time or a number makes a new one each message. */
export const MOST_SERIES = 10_000;

/** Once for each source and life: that it begins (false), and that a series of it was left out (true). */
export type OnFull = (source: string, isFull: boolean) => void;

export const TOO_MANY_SERIES = `the source has ${MOST_SERIES} series already, and no attribute is made from this one`;

/** Keeps the number of series of each source within bounds; what an attribute is made from is always taken. */
export class SeriesBound {
  readonly #journal: Journal;
  readonly #attributes: AttributeIndex;
  readonly #onFull: OnFull;
  readonly #known = new Map<string, Promise<Set<string>>>();
  readonly #full = new Set<string>();

  constructor(journal: Journal, attributes: AttributeIndex, onFull: OnFull) {
    this.#journal = journal;
    this.#attributes = attributes;
    this.#onFull = onFull;
  }

  /** Tells of each series of a source whether its reading is taken; the stored ones are read once. */
  async of(source: string): Promise<(series: KnownSeries) => boolean> {
    const known = await this.#knownOf(source);
    return (series) => {
      // Once counted it stays so; what an attribute uses may change.
      if (series.isCounted) return true;
      const { name } = series;
      if (!known.has(name)) {
        if (this.#attributes.uses(name)) return true;
        if (known.size >= MOST_SERIES) {
          this.#tellFull(source);
          return false;
        }
        known.add(name);
      }
      series.isCounted = true;
      return true;
    };
  }

  #tellFull(source: string): void {
    if (this.#full.has(source)) return;
    this.#full.add(source);
    this.#onFull(source, true);
  }

  #knownOf(source: string): Promise<Set<string>> {
    let known = this.#known.get(source);
    if (known === undefined) {
      known = this.#journal.series(source).then((names) => new Set(names));
      this.#known.set(source, known);
      known.then(
        () => this.#onFull(source, false),
        () => this.#known.delete(source),
      );
    }
    return known;
  }
}
