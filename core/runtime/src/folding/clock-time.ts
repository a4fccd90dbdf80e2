import type { Condition } from '../config/configuration.ts';
import type { Instant } from '../day/calendar.ts';
import type { Accumulator, DayContext } from './accumulator.ts';
import { holds } from './holds.ts';
import type { Placed } from './placed.ts';

const NOON_MIN = 720;
const DAY_MIN = 1440;

interface ClockFold {
  readonly kind: 'time_first' | 'time_last';
  readonly condition: Condition;
}

/** The time of day of the first or last reading for which the condition held. A date alone has no time. */
export class ClockTime implements Accumulator {
  readonly #fold: ClockFold;
  readonly #context: DayContext;
  #at: Instant | undefined;

  constructor(fold: ClockFold, context: DayContext) {
    this.#fold = fold;
    this.#context = context;
  }

  add(reading: Placed): void {
    if (
      reading.place !== 'inside' ||
      reading.observation.date !== undefined ||
      !holds(this.#fold.condition, reading.value)
    )
      return;
    const at = this.#timeOf(reading);
    if (this.#at === undefined || (this.#fold.kind === 'time_first' ? at < this.#at : at > this.#at)) this.#at = at;
  }

  value(): number | undefined {
    if (this.#at === undefined) return undefined;
    const { attribute, calendar } = this.#context;
    const minutes = calendar.minutesFromMidnight(this.#at);
    return attribute.type === 'time_of_day_from_midday' ? (minutes - NOON_MIN + DAY_MIN) % DAY_MIN : minutes;
  }

  /** A span counts by its end, or by its start if that is what gives it its day; split, by the part inside the day. */
  #timeOf({ observation: { at, start } }: Placed): Instant {
    const { attribute, bounds } = this.#context;
    if (start === undefined) return at;
    const isStart = attribute.span === 'start' || (attribute.span === 'split' && this.#fold.kind === 'time_first');
    return isStart ? Math.max(start, bounds.start) : Math.min(at, bounds.end - 1);
  }
}
