import type { Value } from '@dayfold/sdk';
import type { Accumulator } from './accumulator.ts';
import { isEqual } from './holds.ts';
import type { Placed } from './placed.ts';

/** How often the state became `to`, or changed at all. The last state known before the day is where it starts from. */
export class StateChanges implements Accumulator {
  readonly #to: Value | undefined;
  #state: Value | undefined;
  #changes: number | undefined;

  constructor(to: Value | undefined) {
    this.#to = to;
  }

  add({ value, place }: Placed): void {
    if (place === 'after') return;
    if (place === 'inside') {
      const isChange = this.#state !== undefined && !isEqual(this.#state, value);
      this.#changes = (this.#changes ?? 0) + (isChange && (this.#to === undefined || isEqual(value, this.#to)) ? 1 : 0);
    }
    this.#state = value;
  }

  value(): number | undefined {
    return this.#changes;
  }
}
