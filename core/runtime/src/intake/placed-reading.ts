import type { Reading } from '@dayfold/sdk';
import type { Calendar, Instant, LocalDay } from '../day/calendar.ts';
import { ArrivedReading } from '../store/arrived-reading.ts';
import { isLocalDay } from '../day/local-days.ts';
import type { JournalReading } from '../store/journal.ts';
import type { KnownSeries } from '../store/known-series.ts';

const MINUTE_MS = 60_000;
/** A device's clock may run ahead; more than a day is a mistake, and Exist takes no future days. */
const AHEAD_MS = 24 * 60 * MINUTE_MS;
/** Longer spans are mistakes of a clock or a unit. */
const LONGEST_SPAN_MS = 31 * 24 * 60 * MINUTE_MS;
/** Before this no home had sensors: a clock without battery says 1970. */
const EARLIEST = Date.UTC(1990, 0, 1);
const LONGEST_TEXT = 4000;
const LONGEST_ID = 500;
/** As text; the names of units that are known are far shorter. */
const LONGEST_UNIT = 100;

/** Checks a reading and places it in time; a text says why not, in the same words for the same reason. */
export function placedReading(
  series: KnownSeries,
  reading: Reading,
  arrival: Instant,
  calendar: Calendar,
): ArrivedReading | string {
  const place = placeOf(reading, arrival, calendar);
  if (typeof place === 'string') return place;
  if (place.at > arrival + AHEAD_MS) return 'its time lies more than a day ahead';
  if (place.at < EARLIEST) return 'its time lies before 1990';
  const given: unknown = reading.value;
  const value = given === undefined && place.start !== undefined ? (place.at - place.start) / MINUTE_MS : given;
  const placed = new ArrivedReading(series, 0, place.at, arrival);
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) return 'its value is not a finite number';
      // Never -0.
      placed.value = value === 0 ? 0 : value;
      break;
    case 'string':
      if (value.trim() === '') return 'it has no value';
      placed.value = value.length > LONGEST_TEXT ? value.slice(0, LONGEST_TEXT) : value;
      break;
    case 'boolean':
      placed.value = value;
      break;
    default:
      return value === undefined || value === null
        ? 'it has no value'
        : 'its value is neither number, text nor true/false';
  }
  if (place.start !== undefined) placed.start = place.start;
  if (place.date !== undefined) placed.date = place.date;
  if (place.arrival === true) placed.arrival = true;
  if (reading.retained === true) placed.retained = true;
  if (reading.unit !== undefined) placed.unit = reading.unit.slice(0, LONGEST_UNIT);
  if (reading.id !== undefined) placed.id = reading.id.slice(0, LONGEST_ID);
  if (reading.receipt !== undefined) placed.receipt = reading.receipt;
  return placed;
}

type Place = Pick<JournalReading, 'at' | 'start' | 'date' | 'arrival'>;

function placeOf(reading: Reading, arrival: Instant, calendar: Calendar): Place | string {
  if (reading.date !== undefined) {
    const at = midnightOf(reading.date);
    return at === undefined ? 'its date is not a date' : { at, date: reading.date as LocalDay };
  }
  if (reading.start !== undefined || reading.end !== undefined) {
    const start = instantOf(reading.start, calendar);
    const end = instantOf(reading.end, calendar);
    if (start === undefined || end === undefined) return 'a span needs a start and an end';
    if (end < start) return 'the span ends before it starts';
    if (end - start > LONGEST_SPAN_MS) return 'the span is longer than 31 days';
    return { at: end, start };
  }
  if (reading.time === undefined) return { at: arrival, arrival: true };
  const at = instantOf(reading.time, calendar);
  return at === undefined ? 'its time is not a time' : { at };
}

/** In UTC. The values of a table's row share one date, so the latest one is kept. */
function midnightOf(date: string): Instant | undefined {
  if (date !== latest.date) latest = { date, at: isLocalDay(date) ? Date.parse(date) : undefined };
  return latest.at;
}

let latest: { readonly date: string; readonly at: Instant | undefined } = { date: '', at: undefined };

function instantOf(time: number | string | undefined, calendar: Calendar): Instant | undefined {
  if (typeof time === 'number') return Number.isFinite(time) ? Math.round(time) : undefined;
  return typeof time === 'string' ? calendar.instantOf(time) : undefined;
}
