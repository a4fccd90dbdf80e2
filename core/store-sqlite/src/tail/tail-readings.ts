import type { Instant, JournalReading } from '@dayfold/runtime';
import { readingAt } from '../bodies/packed-readings.ts';
import { openColumns } from '../bodies/reading-columns.ts';
import type { Words } from '../bodies/reading-columns.ts';

interface OfSeries {
  /** Of the readings nobody asked for yet: the number of the body, and the place in it behind that. */
  places: number[];
  readonly readings: JournalReading[];
}

const NONE: readonly JournalReading[] = [];
/** More than the readings of a body. */
const BODY = 2 ** 32;

/**
 * The readings of a list of bodies, by series. Each is noted by its place; it becomes an object when its series is asked for,
 * which takes ten times the memory: of thousands of series, attributes are folded from some hundreds.
 */
export class TailReadings {
  readonly #bodies: readonly Uint8Array[];
  readonly #bySeries = new Map<number, OfSeries>();
  /** Texts and units of each body that was looked through. */
  readonly #words: Words[] = [];

  /** The list may grow. */
  constructor(bodies: readonly Uint8Array[]) {
    this.#bodies = bodies;
  }

  has(series: number): boolean {
    return this.#noted().has(series);
  }

  /** In the order of arrival. */
  of(series: number, name: string): readonly JournalReading[] {
    const found = this.#noted().get(series);
    if (found === undefined) return NONE;
    let number = -1;
    let columns: ReturnType<typeof openColumns>['columns'] | undefined;
    for (const place of found.places) {
      const body = Math.floor(place / BODY);
      if (columns === undefined || body !== number) ({ columns } = openColumns(this.#bodies[body] as Uint8Array));
      number = body;
      found.readings.push(readingAt(columns, this.#words[body] as Words, place - body * BODY, name));
    }
    found.places = [];
    return found.readings;
  }

  oldest(): Instant | undefined {
    let oldest = Number.POSITIVE_INFINITY;
    for (const body of this.#bodies) for (const at of openColumns(body).columns.at) oldest = Math.min(oldest, at);
    return oldest === Number.POSITIVE_INFINITY ? undefined : oldest;
  }

  /** With the bodies that came since. */
  #noted(): ReadonlyMap<number, OfSeries> {
    for (let body = this.#words.length; body < this.#bodies.length; body += 1) {
      const { count, columns, words } = openColumns(this.#bodies[body] as Uint8Array);
      for (let index = 0; index < count; index += 1) {
        const series = columns.series?.[index] ?? -1;
        const known = this.#bySeries.get(series);
        if (known === undefined) this.#bySeries.set(series, { places: [body * BODY + index], readings: [] });
        else known.places.push(body * BODY + index);
      }
      this.#words.push(words);
    }
    return this.#bySeries;
  }
}
