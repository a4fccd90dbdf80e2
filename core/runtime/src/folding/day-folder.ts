import type { Value } from '@dayfold/sdk';
import type { Bounds, Instant } from '../day/calendar.ts';
import { accumulatorOf } from './accumulator.ts';
import type { Accumulator } from './accumulator.ts';
import { endsWhatHolds, foldDay } from './fold-day.ts';
import type { FoldInput } from './fold-day.ts';
import { inOrder, isNothing } from './observation.ts';
import type { Observation } from './observation.ts';
import { placed, whyUnused } from './placed.ts';

/**
 * Folds a day of one series as its readings come in, to the same value as `foldDay` of all of them.
 *
 * It takes readings in order of time. Where one comes late, may have been heard before, replaces another by its id, or is
 * a span or a date, the answer is `refold`: the folder has not taken it, and a new one is to be made from the journal.
 */
export class DayFolder {
  readonly #input: Omit<FoldInput, 'until' | 'observations'>;
  readonly #bounds: Bounds;
  readonly #observations: Observation[];
  readonly #ids = new Set<string>();
  #accumulator: Accumulator | undefined;
  #latest: Observation | undefined;

  constructor(input: Omit<FoldInput, 'until'>) {
    const { observations, ...rest } = input;
    this.#input = rest;
    this.#bounds = input.calendar.bounds(input.day);
    this.#observations = [...observations];
    const ordered = inOrder([...input.before, ...observations]);
    for (const { id } of ordered) if (id !== undefined) this.#ids.add(id);
    this.#latest = ordered.at(-1);
    if (ordered.every(isPlain)) {
      this.#accumulator = this.#accumulatorFor(ordered);
      for (const observation of ordered) this.#take(observation);
    }
  }

  add(observation: Observation): 'added' | 'refold' {
    if (isNothing(observation.value)) return 'added';
    if (this.#accumulator === undefined || !isPlain(observation)) return 'refold';
    if (this.#latest !== undefined && observation.at <= this.#latest.at) return 'refold';
    if (observation.id !== undefined && this.#ids.has(observation.id)) return 'refold';
    // Whether anything came before the day decides what the first reading counts.
    if (observation.at < this.#bounds.start) return 'refold';
    if (observation.id !== undefined) this.#ids.add(observation.id);
    this.#latest = observation;
    this.#observations.push(observation);
    this.#take(observation);
    return 'added';
  }

  value(until: Instant): Value | undefined {
    const isFuture = this.#latest !== undefined && this.#latest.at > until;
    if (this.#accumulator !== undefined && !isFuture) return this.#accumulator.value(until);
    return foldDay({ ...this.#input, observations: this.#observations, until }).value;
  }

  #accumulatorFor(ordered: readonly Observation[]): Accumulator {
    const { attribute, calendar } = this.#input;
    const hasPrior = ordered.some((observation) => observation.at < this.#bounds.start && this.#counts(observation));
    return accumulatorOf({ attribute, calendar, bounds: this.#bounds, hasPrior });
  }

  #take(observation: Observation): void {
    const reading = placed(this.#input.attribute, observation, this.#input.day, this.#bounds);
    if (reading !== undefined && this.#counts(observation)) this.#accumulator?.add(reading);
  }

  #counts(observation: Observation): boolean {
    const { attribute } = this.#input;
    return whyUnused(attribute, observation) === undefined || endsWhatHolds(attribute, observation);
  }
}

function isPlain({ start, date }: Observation): boolean {
  return start === undefined && date === undefined;
}
