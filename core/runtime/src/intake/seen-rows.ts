/** Kept at least half empty, so that a free slot is near. */
const FIRST_SLOTS = 1024;

/**
 * Counts the rows of a table that are equal, by a digest of up to 48 bits. It is a list of numbers with 16 to 32 bytes for
 * each row that differs, where a Map would take a hundred: a table may have millions.
 */
export class SeenRows {
  /** A digest stands at the slot that it names or behind it; 0 is a free one. */
  #slots = new Float64Array(FIRST_SLOTS);
  #taken = 0;
  readonly #repeated = new Map<number, number>();

  /** How often this row has come, with this time. */
  count(digest: number): number {
    if (this.#take(digest)) return 1;
    const count = (this.#repeated.get(digest) ?? 1) + 1;
    this.#repeated.set(digest, count);
    return count;
  }

  /** False where it is there already. */
  #take(digest: number): boolean {
    if (this.#taken * 2 >= this.#slots.length) this.#grow();
    const slot = slotOf(this.#slots, digest + 1);
    if (this.#slots[slot] !== 0) return false;
    this.#slots[slot] = digest + 1;
    this.#taken += 1;
    return true;
  }

  #grow(): void {
    const slots = new Float64Array(this.#slots.length * 2);
    for (const entry of this.#slots) if (entry !== 0) slots[slotOf(slots, entry)] = entry;
    this.#slots = slots;
  }
}

function slotOf(slots: Float64Array, entry: number): number {
  let slot = entry % slots.length;
  while (slots[slot] !== 0 && slots[slot] !== entry) slot = (slot + 1) % slots.length;
  return slot;
}
