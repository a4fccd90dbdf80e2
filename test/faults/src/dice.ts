import { pseudoRandom } from '@dayfold/test-home';

/** Chance that a seed fixes: a run is told again by its number. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = pseudoRandom(seed);
  }

  /** From `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.whole(0, items.length - 1)] as Item;
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, at: this.#next() }))
      .sort((left, right) => left.at - right.at)
      .map(({ item }) => item);
  }
}
