import type { FaultKind } from '@dayfold/exist-twin';
import fc from 'fast-check';
import type { Living, Scenario } from './scenario.ts';

/** A call to Exist in which the process dies, in the given hour or the first one after it that has such a call. */
export interface FatalCall {
  readonly hour: number;
  readonly kind: FaultKind;
  readonly endpoint: string;
}

/** `kill -9` at moments that a seed draws, while things happen in the home, and in the middle of calls to Exist. */
export class Kills implements Living {
  /** How often the process died. */
  count = 0;
  readonly #scenario: Scenario;
  readonly #moments: ReadonlyMap<number, number>;
  readonly #calls: FatalCall[];
  #hour = 0;
  #moment = 0;

  constructor(scenario: Scenario, seed: number, kills: number, calls: readonly FatalCall[]) {
    this.#scenario = scenario;
    const drawn = fc.sample(fc.tuple(fc.integer({ min: 5, max: 235 }), fc.integer({ min: 0, max: 2 })), {
      numRuns: kills,
      seed,
    });
    this.#moments = new Map(drawn);
    this.#calls = [...calls];
  }

  /** Calls that never came. */
  get left(): readonly FatalCall[] {
    return this.#calls;
  }

  readonly interrupt = async (hour: number): Promise<boolean> => {
    this.#moment = hour === this.#hour ? this.#moment + 1 : 0;
    this.#hour = hour;
    const isFatal = this.#moments.get(hour) === this.#moment;
    if (isFatal) await this.#strike();
    return isFatal;
  };

  readonly advance = async (ms: number): Promise<void> => {
    const { driver, twin } = this.#scenario;
    const [call] = this.#calls;
    if (call === undefined || call.hour > this.#hour) return await driver.advance(ms);
    const end = driver.now + ms;
    twin.faults.next(1, call.kind, call.endpoint);
    const moved = driver.advance(ms).then(
      () => false,
      () => true,
    );
    const isStuck = await Promise.race([moved, twin.faults.struck().then(() => true)]);
    twin.faults.clear();
    if (!isStuck) return;
    this.#calls.shift();
    await this.#strike();
    await this.advance(end - driver.now);
  };

  async #strike(): Promise<void> {
    const { driver } = this.#scenario;
    this.count += 1;
    await driver.kill();
    await driver.start();
  }
}
