import type { AttributeConfiguration, DayKey } from '../config/configuration.ts';
import type { Calendar } from '../day/calendar.ts';
import { touchedDays } from '../folding/index.ts';
import type { JournalReading } from '../store/journal.ts';

/** The configured attributes, by name and by the series they are folded from. Replaced on reload. */
export class AttributeIndex {
  #byName = new Map<string, AttributeConfiguration>();
  #bySeries = new Map<string, AttributeConfiguration[]>();

  constructor(attributes: readonly AttributeConfiguration[] = []) {
    this.replace(attributes);
  }

  replace(attributes: readonly AttributeConfiguration[]): void {
    this.#byName = new Map(attributes.map((attribute) => [attribute.name, attribute]));
    this.#bySeries = new Map();
    for (const attribute of attributes) {
      for (const series of attribute.from) {
        const list = this.#bySeries.get(series) ?? [];
        list.push(attribute);
        this.#bySeries.set(series, list);
      }
    }
  }

  all(): readonly AttributeConfiguration[] {
    return [...this.#byName.values()];
  }

  get(name: string): AttributeConfiguration | undefined {
    return this.#byName.get(name);
  }

  /** The attribute-days that a reading may change. */
  *touchedBy(reading: JournalReading, calendar: Calendar): Iterable<DayKey> {
    for (const attribute of this.#bySeries.get(reading.series) ?? []) {
      for (const date of touchedDays(attribute, calendar, reading)) yield { attribute: attribute.name, date };
    }
  }
}
