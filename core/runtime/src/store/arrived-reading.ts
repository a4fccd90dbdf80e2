import type { Value } from '@dayfold/sdk';
import type { Instant, LocalDay } from '../day/calendar.ts';
import type { JournalReading, ReadingPlace } from './journal.ts';
import type { KnownSeries } from './known-series.ts';

/** A reading on its way into the journal. It carries its series along, unseen by who compares or copies readings. */
export class ArrivedReading implements JournalReading {
  readonly #known: KnownSeries;
  readonly series: string;
  value: Value;
  readonly at: Instant;
  readonly receivedAt: Instant;
  declare start?: Instant;
  declare date?: LocalDay;
  declare arrival?: boolean;
  declare retained?: boolean;
  declare unit?: string;
  declare id?: string;
  declare receipt?: number;
  declare table?: string;

  constructor(known: KnownSeries, value: Value, at: Instant, receivedAt: Instant) {
    this.#known = known;
    this.series = known.name;
    this.value = value;
    this.at = at;
    this.receivedAt = receivedAt;
  }

  /** Undefined for a reading that did not just arrive. */
  static seriesOf(reading: ReadingPlace): KnownSeries | undefined {
    return #known in reading ? reading.#known : undefined;
  }
}
