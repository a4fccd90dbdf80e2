import type { Bounds, Calendar, Instant, LocalDay } from './calendar.ts';
import { InvariantBroken } from '../kernel/errors.ts';
import { isLocalDay, nextDay, previousDay } from './local-days.ts';
import { Temporal } from './temporal.ts';

export interface CalendarOptions {
  /** Which zone holds from when, in order; from the second on `from` is the start of a day in the zone before. */
  readonly zones: readonly { readonly from: Instant; readonly zone: string }[];
  readonly dayStartsMin: number;
}

const UTC_DAY_MS = 24 * 3_600_000;
/** More than ten years: a file may hold so many, in any order. */
const CACHED_DAYS = 5000;
const WITH_OFFSET =
  /^(\d{4}-\d\d-\d\d)[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d(?::?\d\d)?)$/i;
const LOCAL = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?$/i;

interface ZoneEntry {
  readonly from: Instant;
  readonly zone: string;
  /** The day that begins with the zone; undefined for the first zone. */
  readonly first: { readonly day: LocalDay; readonly start: Instant } | undefined;
}

interface CachedDay extends Bounds {
  readonly day: LocalDay;
}

/**
 * Days by IANA zone. A day starts at its first midnight where there are two (Havana), at the first moment after a
 * missing one (São Paulo), and is empty where the zone skipped the date (Apia, 30 December 2011).
 */
export function createCalendar(options: CalendarOptions): Calendar {
  return new ZonedCalendar(options);
}

class ZonedCalendar implements Calendar {
  readonly edition = 0;
  readonly #dayStartsMin: number;
  readonly #zones: ZoneEntry[] = [];
  readonly #starts = new Map<LocalDay, Instant>();
  readonly #bounds = new Map<LocalDay, Bounds>();
  /** Local days that share a UTC day, for instants that are looked up without order. */
  readonly #days = new Map<number, CachedDay[]>();
  #last: CachedDay = { day: '1970-01-01', start: 0, end: 0 };

  constructor({ zones, dayStartsMin }: CalendarOptions) {
    if (zones.length === 0) throw new InvariantBroken('a calendar needs a zone');
    this.#dayStartsMin = dayStartsMin;
    for (const { from, zone } of zones) {
      this.#zones.push({ from, zone, first: this.#zones.length === 0 ? undefined : this.#inForceAt(from) });
      this.#starts.clear();
      this.#bounds.clear();
      this.#days.clear();
      this.#last = { day: '1970-01-01', start: 0, end: 0 };
    }
  }

  dayOf(instant: Instant): LocalDay {
    const last = this.#last;
    if (instant >= last.start && instant < last.end) return last.day;
    const utcDay = Math.floor(instant / UTC_DAY_MS);
    const known = this.#days.get(utcDay)?.find(({ start, end }) => instant >= start && instant < end);
    this.#last = known ?? this.#remembered(utcDay, this.#find(instant));
    return this.#last.day;
  }

  bounds(day: LocalDay): Bounds {
    let bounds = this.#bounds.get(day);
    if (bounds === undefined) {
      bounds = { start: this.#start(day), end: this.#start(nextDay(day)) };
      if (this.#bounds.size > CACHED_DAYS) this.#bounds.clear();
      this.#bounds.set(day, bounds);
    }
    return bounds;
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
      // Date.parse takes 31 February for a day in March.
      if (!isLocalDay(date as string)) return undefined;
      const ms = Date.parse(
        `${date}T${time}${(time as string).length === 5 ? ':00' : ''}.${(fraction ?? '0').padEnd(3, '0').slice(0, 3)}${isoOffset(offset as string)}`,
      );
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
    return (instants.find(({ zone, at }) => this.zoneAt(at) === zone) ?? instants.at(-1))?.at;
  }

  #find(instant: Instant): CachedDay {
    const { zone } = this.#entryAt(instant);
    let day = Temporal.Instant.fromEpochMilliseconds(Math.floor(instant))
      .toZonedDateTimeISO(zone)
      .toPlainDate()
      .toString() as LocalDay;
    while (instant < this.#start(day)) day = previousDay(day);
    while (instant >= this.#start(nextDay(day))) day = nextDay(day);
    return { day, ...this.bounds(day) };
  }

  #remembered(utcDay: number, found: CachedDay): CachedDay {
    if (this.#days.size > CACHED_DAYS) this.#days.clear();
    const days = this.#days.get(utcDay) ?? [];
    days.push(found);
    this.#days.set(utcDay, days);
    return found;
  }

  /** The day that goes on in the new zone, from the start it has in the old one. */
  #inForceAt(from: Instant): NonNullable<ZoneEntry['first']> {
    const { day, start } = this.#find(from);
    return { day, start };
  }

  #entryAt(instant: Instant): ZoneEntry {
    return this.#zones.findLast(({ from }, index) => index === 0 || from <= instant) as ZoneEntry;
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
    const entry = this.#zones.findLast(({ first }) => first === undefined || first.day <= day) as ZoneEntry;
    if (entry.first?.day === day) return entry.first.start;
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
