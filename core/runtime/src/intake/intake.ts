import type { JsonValue, MirrorResult, Reading } from '@dayfold/sdk';
import type { Calendar, Instant } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import { token } from '../kernel/token.ts';
import type { ArrivedReading } from '../store/arrived-reading.ts';
import type { Journal, JournalReading, StorageEntry } from '../store/journal.ts';
import { KnownSeries } from '../store/known-series.ts';
import type { AttributeIndex } from './attribute-index.ts';
import { NotReady } from '../kernel/errors.ts';
import { GroupCommit, MOST_HELD } from './group-commit.ts';
import { placedReading } from './placed-reading.ts';
import { SeriesBound, TOO_MANY_SERIES } from './series-bound.ts';
import type { OnFull } from './series-bound.ts';

export interface IntakeOptions {
  readonly commitEveryMs: number;
  /** The store cannot be written, or can again (undefined). */
  readonly onTrouble?: (error: unknown) => void;
  readonly onFull?: OnFull;
}
export const IntakeOptions = token<IntakeOptions>('IntakeOptions');

/** Of the series inside its source; anything but blanks, and no dot in front. */
const SERIES = /^[^\s.][^\s]{0,199}$/u;
/** Names kept ready; beyond it the memory begins anew. */
const MOST_NAMES = 20_000;
/** Microseconds in a millisecond, less one. */
const MOST_TURNS = 999;

export type Misfit = (reason: string, sample: string) => void;

/** Checks a batch of readings, journals it, and only then lets the source acknowledge. */
export class Intake {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #calendar: Calendar;
  readonly #attributes: AttributeIndex;
  readonly #commits: GroupCommit;
  readonly #series: SeriesBound;
  readonly #counts = new Map<string, number>();
  /** By source, and by the name of the series inside it. */
  readonly #known = new Map<string, Map<string, KnownSeries>>();
  /** Readings that came and are not stored yet. */
  #held = 0;
  #lastArrival: Instant = 0;
  #turn = 0;

  constructor(journal: Journal, clock: Clock, calendar: Calendar, attributes: AttributeIndex, options: IntakeOptions) {
    this.#journal = journal;
    this.#clock = clock;
    this.#calendar = calendar;
    this.#attributes = attributes;
    this.#series = new SeriesBound(journal, attributes, options.onFull ?? (() => undefined));
    this.#commits = new GroupCommit(
      journal,
      clock,
      (reading) => attributes.touchedBy(reading, calendar),
      options.commitEveryMs,
      options.onTrouble ?? (() => undefined),
    );
  }

  set commitEveryMs(ms: number) {
    this.#commits.commitEveryMs = ms;
  }

  /** Readings taken from a source since the start. */
  taken(source: string): number {
    return this.#counts.get(source) ?? 0;
  }

  window(source: string, size: number): void {
    this.#commits.window(source, size);
  }

  /**
   * Resolves once the batch is durable. A reading that does not fit is counted as a misfit; the rest is stored. Who does not
   * wait for that is refused once very many are held, whatever holds them up: the disk, or a clock that cannot be trusted.
   */
  async emit(
    source: string,
    batch: readonly Reading[],
    state: Readonly<Record<string, JsonValue>>,
    misfit: Misfit,
  ): Promise<void> {
    if (this.#held > 0 && this.#held + batch.length > MOST_HELD)
      throw (this.#commits.trouble ??
        new NotReady(`${this.#held} readings wait to be stored already; emit further ones when these are`)) as Error;
    this.#held += batch.length;
    try {
      await this.#take(source, batch, state, misfit);
    } finally {
      this.#held -= batch.length;
    }
  }

  async #take(
    source: string,
    batch: readonly Reading[],
    state: Readonly<Record<string, JsonValue>>,
    misfit: Misfit,
  ): Promise<void> {
    const arrival = this.#clock.trusted() ? this.#clock.now() : await this.#arrivalOnceTrusted();
    const isTaken = await this.#series.of(source);
    const readings: JournalReading[] = [];
    for (const reading of batch) {
      const placed = this.#placed(source, reading, this.#inTurn(arrival), isTaken);
      if (typeof placed === 'string') misfit(placed, sampleOf(reading));
      else readings.push(placed);
    }
    const entries: StorageEntry[] = Object.entries(state).map(([key, value]) => ({ source, key, value }));
    if (readings.length === 0 && entries.length === 0) return;
    await this.#commits.add(source, readings, entries);
    this.#counts.set(source, this.taken(source) + readings.length);
  }

  /** Makes the readings of a table exactly these rows. */
  async mirror(
    source: string,
    table: string,
    rows: AsyncIterable<readonly Reading[]>,
    misfit: Misfit,
  ): Promise<MirrorResult> {
    const arrival = this.#clock.trusted() ? this.#clock.now() : await this.#arrivalOnceTrusted();
    const name = `${source}/${table}`;
    const result = await this.#journal.mirror(name, this.#placedRows(source, name, rows, arrival, misfit), (reading) =>
      this.#attributes.touchedBy(reading, this.#calendar),
    );
    this.#counts.set(source, this.taken(source) + result.added);
    return result;
  }

  flush(): Promise<void> {
    return this.#commits.flush();
  }

  async *#placedRows(
    source: string,
    table: string,
    rows: AsyncIterable<readonly Reading[]>,
    arrival: Instant,
    misfit: Misfit,
  ): AsyncGenerator<readonly JournalReading[]> {
    const isTaken = await this.#series.of(source);
    for await (const batch of rows) {
      const placed: JournalReading[] = [];
      for (const row of batch) {
        const reading = this.#placed(source, row, arrival, isTaken);
        if (typeof reading === 'string') misfit(reading, sampleOf(row));
        else {
          reading.table = table;
          placed.push(reading);
        }
      }
      yield placed;
    }
  }

  /** A text says why it is not taken. */
  #placed(
    source: string,
    reading: Reading,
    arrival: Instant,
    isTaken: (series: KnownSeries) => boolean,
  ): ArrivedReading | string {
    const series = this.#seriesOf(source, reading.series);
    if (series === undefined) return 'the series has no usable name';
    const placed = placedReading(series, reading, arrival, this.#calendar);
    return typeof placed === 'string' || isTaken(series) ? placed : TOO_MANY_SERIES;
  }

  #seriesOf(source: string, name: string): KnownSeries | undefined {
    let ofSource = this.#known.get(source);
    if (ofSource === undefined) this.#known.set(source, (ofSource = new Map()));
    const known = ofSource.get(name);
    if (known !== undefined) return known;
    if (typeof name !== 'string' || !SERIES.test(name)) return undefined;
    if (ofSource.size >= MOST_NAMES) ofSource.clear();
    const series = new KnownSeries(`${source}.${name}`);
    ofSource.set(name, series);
    return series;
  }

  /** Readings of one millisecond keep the order in which they came: each lies a microsecond behind the one before. */
  #inTurn(arrival: Instant): Instant {
    this.#turn = arrival === this.#lastArrival ? Math.min(this.#turn + 1, MOST_TURNS) : 0;
    this.#lastArrival = arrival;
    return arrival + this.#turn / 1000;
  }

  /** A clock that cannot be trusted dates no reading: batches wait, and are then dated back by the time they waited. */
  async #arrivalOnceTrusted(): Promise<Instant> {
    const since = this.#clock.monotonic();
    while (!this.#clock.trusted()) await this.#clock.sleep(1000);
    return this.#clock.now() - (this.#clock.monotonic() - since);
  }
}

function sampleOf(reading: Reading): string {
  try {
    return JSON.stringify(reading).slice(0, 200);
  } catch {
    return `a reading of series ${reading.series}`;
  }
}
