import type { Bounds, Calendar, Instant, LocalDay } from './calendar.ts';

/** The calendar in force; replaced when the zone or the start of the day changes. */
export class LivingCalendar implements Calendar {
  #current: Calendar;
  #edition = 0;

  constructor(current: Calendar) {
    this.#current = current;
  }

  replace(next: Calendar): void {
    this.#current = next;
    this.#edition += 1;
  }

  get edition(): number {
    return this.#edition;
  }

  dayOf(instant: Instant): LocalDay {
    return this.#current.dayOf(instant);
  }

  bounds(day: LocalDay): Bounds {
    return this.#current.bounds(day);
  }

  zoneAt(instant: Instant): string {
    return this.#current.zoneAt(instant);
  }

  instantOf(text: string): Instant | undefined {
    return this.#current.instantOf(text);
  }

  minutesFromMidnight(instant: Instant): number {
    return this.#current.minutesFromMidnight(instant);
  }
}
