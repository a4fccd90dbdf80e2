import type { Bounds, Calendar, Instant, LocalDay } from './calendar.ts';
import { isLocalDay, nextDay, previousDay } from './local-days.ts';
import { Temporal } from './temporal.ts';

export interface CalendarOptions {
  /** Which zone holds from when, in order; from the second on `from` is the start of a day in the zone before. */
  readonly zones: readonly { readonly from: Instant; readonly zone: string }[];
  readonly dayStartsMin: number;
}

const CACHED_DAYS = 1000;
const WITH_OFFSET = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d(?::?\d\d)?)$/i;
const LOCAL = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?$/;

/**
 * Days by IANA zone. A day starts at its first midnight where there are two (Havana), at the first moment after a
 * missing one (São Paulo), and is empty where the zone skipped the date (Apia, 30 December 2011).
 */
export function createCalendar(options: CalendarOptions): Calendar {
  return new ZonedCalendar(options);
}

class ZonedCalendar implements Calendar {
  readonly #dayStartsMin: number;
  /** `first`: the day that begins with the zone. */
  readonly #zones: { readonly from: Instant; readonly zone: string; readonly first: LocalDay | undefined }[] = [];
  readonly #starts = new Map<LocalDay, Instant>();
  #last: { readonly day: LocalDay; readonly start: Instant; readonly end: Instant } | undefined;

  constructor({ zones, dayStartsMin }: CalendarOptions) {
    this.#dayStartsMin = dayStartsMin;
    for (const { from, zone } of zones) {
      const first = this.#zones.length === 0 ? undefined : this.dayOf(from);
      this.#zones.push({ from, zone, first });
      this.#starts.clear();
      this.#last = undefined;
    }
  }

  dayOf(instant: Instant): LocalDay {
    if (this.#last !== undefined && instant >= this.#last.start && instant < this.#last.end) return this.#last.day;
    const { zone, first } = this.#entryAt(instant);
    const local = Temporal.Instant.fromEpochMilliseconds(Math.floor(instant)).toZonedDateTimeISO(zone);
    let day = local.toPlainDate().toString() as LocalDay;
    if (first !== undefined && day < first) day = first;
    while (instant < this.#start(day)) day = previousDay(day);
    while (instant >= this.#start(nextDay(day))) day = nextDay(day);
    this.#last = { day, ...this.bounds(day) };
    return day;
  }

  bounds(day: LocalDay): Bounds {
    return { start: this.#start(day), end: this.#start(nextDay(day)) };
  }

  zoneAt(instant: Instant): string {
    return this.#entryAt(instant).zone;
  }

  instantOf(text: string): Instant | undefined {
    const trimmed = text.trim();
    if (isLocalDay(trimmed)) return this.bounds(trimmed).start;
    const withOffset = WITH_OFFSET.exec(trimmed);
    if (withOffset !== null) {
      const [, date, time, fraction, offset] = withOffset;
      const ms = Date.parse(`${date}T${time}${(time as string).length === 5 ? ':00' : ''}.${(fraction ?? '0').padEnd(3, '0').slice(0, 3)}${isoOffset(offset as string)}`);
      return Number.isNaN(ms) ? undefined : ms;
    }
    return LOCAL.test(trimmed) ? this.#localInstant(trimmed.replace(' ', 'T').replace(',', '.')) : undefined;
  }

  minutesFromMidnight(instant: Instant): number {
    const local = Temporal.Instant.fromEpochMilliseconds(Math.floor(instant)).toZonedDateTimeISO(this.zoneAt(instant));
    return local.hour * 60 + local.minute;
  }

  /** The zone that was in force at that local time; a time that is missing moves on, of a doubled one the first counts. */
  #localInstant(text: string): Instant | undefined {
    let local: Temporal.PlainDateTime;
    try {
      local = Temporal.PlainDateTime.from(text, { overflow: 'reject' });
    } catch {
      return undefined;
    }
    const instants = this.#zones.map(({ zone }) => ({ zone, at: local.toZonedDateTime(zone).epochMilliseconds }));
    return (instants.findLast(({ zone, at }) => this.zoneAt(at) === zone) ?? instants.at(-1))?.at;
  }

  #entryAt(instant: Instant) {
    const entry = this.#zones.findLast(({ from }, index) => index === 0 || from <= instant);
    if (entry === undefined) throw new RangeError('a calendar needs a zone');
    return entry;
  }

  #start(day: LocalDay): Instant {
    let start = this.#starts.get(day);
    if (start === undefined) {
      start = this.#startOf(day);
      if (this.#starts.size > CACHED_DAYS) this.#starts.clear();
      this.#starts.set(day, start);
    }
    return start;
  }

  #startOf(day: LocalDay): Instant {
    const entry = this.#zones.findLast(({ first }) => first === undefined || first <= day);
    if (entry === undefined) throw new RangeError('a calendar needs a zone');
    if (entry.first === day) return entry.from;
    const date = Temporal.PlainDate.from(day);
    const minutes = this.#dayStartsMin;
    const start =
      minutes === 0
        ? date.toZonedDateTime(entry.zone)
        : date.toPlainDateTime({ hour: Math.floor(minutes / 60), minute: minutes % 60 }).toZonedDateTime(entry.zone);
    return entry.first === undefined ? start.epochMilliseconds : Math.max(entry.from, start.epochMilliseconds);
  }
}

function isoOffset(offset: string): string {
  if (/^z$/i.test(offset)) return 'Z';
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  return `${offset[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
