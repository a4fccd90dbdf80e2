import type { AttributeConfiguration, DayKey } from '../config/configuration.ts';
import type { Calendar, Instant } from '../day/calendar.ts';
import { touchedDays, touchedWhile } from '../folding/index.ts';
import { ArrivedReading } from '../store/arrived-reading.ts';
import type { ReadingPlace } from '../store/journal.ts';

interface Touch {
  readonly calendar: Calendar;
  readonly edition: number;
  /** Every reading at from <= at < to touches the same days. */
  readonly from: Instant;
  readonly to: Instant;
  readonly days: readonly DayKey[];
}

interface SeriesEntry {
  readonly attributes: AttributeConfiguration[];
  latest: Touch | undefined;
}

const NONE: readonly DayKey[] = [];

/** The configured attributes, by name and by the series they are folded from. Replaced on reload. */
export class AttributeIndex {
  #byName = new Map<string, AttributeConfiguration>();
  #bySeries = new Map<string, SeriesEntry>();

  constructor(attributes: readonly AttributeConfiguration[] = []) {
    this.replace(attributes);
  }

  replace(attributes: readonly AttributeConfiguration[]): void {
    this.#byName = new Map(attributes.map((attribute) => [attribute.name, attribute]));
    this.#bySeries = new Map();
    for (const attribute of attributes) {
      for (const series of attribute.from) {
        const entry = this.#bySeries.get(series);
        if (entry === undefined) this.#bySeries.set(series, { attributes: [attribute], latest: undefined });
        else entry.attributes.push(attribute);
      }
    }
  }

  all(): readonly AttributeConfiguration[] {
    return [...this.#byName.values()];
  }

  get(name: string): AttributeConfiguration | undefined {
    return this.#byName.get(name);
  }

  /** Whether any attribute is folded from this series. */
  uses(series: string): boolean {
    return this.#bySeries.has(series);
  }

  /**
   * The attribute-days that a reading may change. For readings that touch the same days the answer is the same list, so that
   * a store can tell by looking at it that nothing is new.
   */
  touchedBy(reading: ReadingPlace, calendar: Calendar): readonly DayKey[] {
    const entry = this.#entryOf(reading);
    if (entry === undefined) return NONE;
    const { at, date } = reading;
    if (date !== undefined) return entry.attributes.map(({ name }) => ({ attribute: name, date }));
    if (reading.start !== undefined)
      return keysOf(entry.attributes, (attribute) => touchedDays(attribute, calendar, reading));
    const { latest } = entry;
    if (
      latest !== undefined &&
      at >= latest.from &&
      at < latest.to &&
      latest.calendar === calendar &&
      latest.edition === calendar.edition
    )
      return latest.days;
    const touches = entry.attributes.map((attribute) => touchedWhile(attribute, calendar, at));
    entry.latest = {
      calendar,
      edition: calendar.edition,
      from: Math.max(...touches.map(({ from }) => from)),
      to: Math.min(...touches.map(({ to }) => to)),
      days: keysOf(entry.attributes, (_attribute, index) => touches[index]?.days ?? []),
    };
    return entry.latest.days;
  }

  #entryOf(reading: ReadingPlace): SeriesEntry | undefined {
    const known = ArrivedReading.seriesOf(reading);
    if (known === undefined) return this.#bySeries.get(reading.series);
    if (known.index !== this.#bySeries) {
      known.index = this.#bySeries;
      known.indexed = this.#bySeries.get(known.name);
    }
    return known.indexed as SeriesEntry | undefined;
  }
}

function keysOf(
  attributes: readonly AttributeConfiguration[],
  datesOf: (attribute: AttributeConfiguration, index: number) => readonly DayKey['date'][],
): readonly DayKey[] {
  return attributes.flatMap((attribute, index) =>
    datesOf(attribute, index).map((date) => ({ attribute: attribute.name, date })),
  );
}
