/**
 * A sum that does not depend on the order of its parts: kept as partial sums without overlap, rounded once at the end
 * (Shewchuk's algorithm, as Python's fsum).
 */
export class ExactSum {
  #partials: number[];

  constructor(partials: readonly number[] = []) {
    this.#partials = [...partials];
  }

  add(amount: number): void {
    const partials = this.#partials;
    let kept = 0;
    let high = amount;
    for (let index = 0; index < partials.length; index += 1) {
      const other = partials[index] as number;
      const isLarger = Math.abs(high) >= Math.abs(other);
      const sum = high + other;
      const low = isLarger ? other - (sum - high) : high - (sum - other);
      if (low !== 0) {
        partials[kept] = low;
        kept += 1;
      }
      high = sum;
    }
    partials.length = kept;
    partials.push(high);
  }

  value(): number {
    const partials = this.#partials;
    let index = partials.length - 1;
    if (index < 0) return 0;
    let high = partials[index] as number;
    let low = 0;
    while (index > 0 && low === 0) {
      index -= 1;
      const before = high;
      const part = partials[index] as number;
      high = before + part;
      low = part - (high - before);
    }
    const below = index > 0 ? (partials[index - 1] as number) : 0;
    // Half way between two floats, the parts below decide.
    if ((low < 0 && below < 0) || (low > 0 && below > 0)) {
      const twice = low * 2;
      const rounded = high + twice;
      if (twice === rounded - high) high = rounded;
    }
    return high;
  }

  copy(): ExactSum {
    return new ExactSum(this.#partials);
  }
}

/** The exact sum of numbers, rounded once. */
export function sumOf(numbers: readonly number[]): number {
  const sum = new ExactSum();
  for (const number of numbers) sum.add(number);
  return sum.value();
}
