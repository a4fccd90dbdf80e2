import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Calendar, LocalDay } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import { dayNamed } from '../day/day-name.ts';
import type { DayName } from '../day/day-name.ts';
import type { DayFolding } from '../intake/day-folding.ts';
import type { AttributeDay } from '../store/attribute-days.ts';
import type { Store } from '../store/store.ts';
import type { Configured } from './configured.ts';
import type { DayReport, DaysFilter, Explanation } from './engine.ts';
import { iso } from './iso.ts';

export interface DayViewParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly folding: DayFolding;
  readonly refresh: () => Promise<void>;
}

/** Attribute-days as a person looks at them: the values, and how one came about. */
export class DayViews {
  readonly #configured: Configured;
  readonly #parts: DayViewParts;

  constructor(configured: Configured, parts: DayViewParts) {
    this.#configured = configured;
    this.#parts = parts;
  }

  async days(filter: DaysFilter): Promise<readonly DayReport[]> {
    const { store, clock, calendar, refresh } = this.#parts;
    const { attribute, from, to } = filter;
    if (attribute !== undefined) this.#configured.attribute(attribute);
    await refresh();
    const now = clock.now();
    const local = this.#configured.exist === undefined;
    const days = await store.attributeDays.list({
      ...(attribute === undefined ? {} : { attribute }),
      ...(from === undefined ? {} : { from: this.#dateOf(from) }),
      ...(to === undefined ? {} : { to: this.#dateOf(to) }),
    });
    return days.map((day) => ({
      account: day.account,
      attribute: day.attribute,
      date: day.date,
      wanted: day.wanted ?? null,
      confirmed: day.confirmed ?? null,
      state: stateOf(day, local),
      complete: calendar.bounds(day.date).end <= now,
      readings: day.readings,
      ...(day.reason === undefined ? {} : { reason: day.reason }),
    }));
  }

  async explain(name: string, dayName: DayName): Promise<Explanation> {
    const { store, folding, refresh } = this.#parts;
    const attribute = this.#configured.attribute(name);
    const date = this.#dateOf(dayName);
    await refresh();
    const result = await folding.explain(attribute, date);
    const known = await store.attributeDays.get(name, date);
    const isPruned = known !== undefined && result.readings < known.readings;
    const reason = isPruned
      ? 'its raw readings are no longer kept; this is the value folded then'
      : (result.reason ?? known?.reason);
    return {
      attribute: name,
      date,
      value: (isPruned ? known.wanted : result.value) ?? null,
      fold: foldText(attribute),
      raw: result.raw ?? null,
      conversions: conversionsOf(attribute),
      readings: result.trace.map((row) => ({
        series: row.series,
        time: row.observation.date ?? iso(row.observation.at),
        value: row.observation.value,
        used: row.used,
        ...(row.why === undefined ? {} : { why: row.why }),
      })),
      ...(reason === undefined ? {} : { reason }),
      sent: (await store.outbox.sent(name, date)).map(({ at, value, outcome }) => ({ at: iso(at), value, outcome })),
    };
  }

  #dateOf(name: DayName): LocalDay {
    return dayNamed(name, this.#parts.calendar, this.#parts.clock.now());
  }
}

function stateOf(day: AttributeDay, local: boolean): DayReport['state'] {
  if (local) return 'local';
  if (day.refused || (day.wanted === undefined && day.reason !== undefined)) return 'failed';
  return day.wanted === undefined || day.wanted === day.confirmed ? 'confirmed' : 'waiting';
}

function foldText({ fold, when }: AttributeConfiguration): string {
  const { kind, ...options } = fold;
  const details = Object.keys(options).length === 0 ? '' : ` ${JSON.stringify(options)}`;
  return `${kind}${details}${when === undefined ? '' : ` when ${JSON.stringify(when)}`}`;
}

function conversionsOf({ unit, targetUnit, scale, offset, round, type }: AttributeConfiguration): string[] {
  return [
    ...(targetUnit === undefined ? [] : [`unit ${unit ?? 'of the readings'} to ${targetUnit}`]),
    ...(scale === 1 ? [] : [`scale ${scale}`]),
    ...(offset === 0 ? [] : [`offset ${offset}`]),
    ...(round === undefined ? [] : [`round to ${round}`]),
    `type ${type}`,
  ];
}
