import type { AttributeConfiguration, Condition } from '../config/configuration.ts';
import type { Bounds, Instant } from '../day/calendar.ts';
import type { Accumulator } from './accumulator.ts';
import { ExactSum } from './exact-sum.ts';
import { holds } from './holds.ts';
import { numberOf } from './number-of.ts';
import { isEnding } from './observation.ts';
import type { Placed } from './placed.ts';

type HeldFold =
  | { readonly kind: 'time_in'; readonly condition: Condition }
  | { readonly kind: 'time_mean' }
  | { readonly kind: 'integral'; readonly perMs: number };

const MINUTE_MS = 60_000;

/**
 * Folds over time. A value holds until the next reading, but no longer than `stale`, the end of the day or now; the value
 * before the day carries in. A span ends what held before it and holds from its own start to its own end, whatever comes
 * meanwhile: cut at midnight with `span: split`, else whole.
 */
export class HeldAccumulator implements Accumulator {
  readonly #fold: HeldFold;
  readonly #attribute: Pick<AttributeConfiguration, 'span' | 'staleMs'>;
  readonly #day: Bounds;
  #area = new ExactSum();
  #heldMs = 0;
  /** The reading that holds now. */
  #open: Placed | undefined;
  #isKnown = false;

  constructor(fold: HeldFold, attribute: Pick<AttributeConfiguration, 'span' | 'staleMs'>, day: Bounds) {
    this.#fold = fold;
    this.#attribute = attribute;
    this.#day = day;
  }

  add(reading: Placed): void {
    if (reading.place === 'after') return;
    if (this.#open !== undefined) this.#hold(this.#open, Math.min(reading.time, this.#day.end));
    this.#open = reading;
    if (reading.place === 'inside' && !isEnding(reading.value)) this.#isKnown = true;
  }

  value(until: Instant): number | undefined {
    const [area, heldMs] = [this.#area.copy(), this.#heldMs];
    if (this.#open !== undefined) this.#hold(this.#open, Math.min(until, this.#day.end));
    const result = this.#result();
    this.#area = area;
    this.#heldMs = heldMs;
    return result;
  }

  #result(): number | undefined {
    const fold = this.#fold;
    if (fold.kind === 'time_mean') return this.#heldMs === 0 ? undefined : this.#area.value() / this.#heldMs;
    if (!this.#isKnown && this.#heldMs === 0) return undefined;
    return this.#area.value() / (fold.kind === 'time_in' ? MINUTE_MS : fold.perMs);
  }

  #hold(reading: Placed, to: Instant): void {
    const { value } = reading;
    if (isEnding(value)) return;
    const ms = this.#heldInside(reading, to);
    if (ms <= 0) return;
    this.#heldMs += ms;
    this.#area.add(
      this.#fold.kind === 'time_in' ? (holds(this.#fold.condition, value) ? ms : 0) : (numberOf(value) ?? 0) * ms,
    );
  }

  #heldInside({ observation: { at, start }, place }: Placed, to: Instant): number {
    if (start === undefined) return Math.min(to, at + this.#attribute.staleMs) - Math.max(at, this.#day.start);
    if (this.#attribute.span !== 'split') return place === 'inside' ? at - start : 0;
    return Math.min(at, this.#day.end) - Math.max(start, this.#day.start);
  }
}
