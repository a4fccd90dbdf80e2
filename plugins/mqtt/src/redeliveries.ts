/** Twice what may wait to be stored and then be acknowledged at once: a broker may have all of it in flight. */
const REMEMBERED = 8000;

/**
 * Deliveries that were stored but whose acknowledgement the broker may not have seen. Each is recognised once: a sensor
 * may well say the same thing again under a message id that is free again.
 *
 * A broker delivers again at the start of a connection and answers pings in order. So an acknowledgement sent before a
 * ping has arrived when the ping is answered, and after the second answer nothing of an earlier connection is to come.
 */
export class Redeliveries {
  readonly #expected = new Set<number>();
  #recent: number[] = [];
  #beforePing = 0;
  #answers = 0;

  /** After a start: what the journal says was stored last. */
  expect(receipts: readonly number[]): void {
    for (const receipt of receipts) this.#expected.add(receipt);
  }

  /** After CONNACK. A session the broker does not know delivers nothing again. */
  connected(sessionPresent: boolean): void {
    this.#answers = 0;
    this.#beforePing = 0;
    if (sessionPresent) this.expect(this.#recent);
    else this.#expected.clear();
    this.#recent = [];
  }

  acknowledged(receipts: readonly number[]): void {
    this.#recent.push(...receipts);
    if (this.#recent.length <= REMEMBERED) return;
    const surplus = this.#recent.length - REMEMBERED / 2;
    this.#recent.splice(0, surplus);
    this.#beforePing = Math.max(0, this.#beforePing - surplus);
  }

  pingSent(): void {
    this.#beforePing = this.#recent.length;
  }

  pingAnswered(): void {
    this.#recent.splice(0, this.#beforePing);
    this.#beforePing = 0;
    this.#answers += 1;
    if (this.#answers === 2) this.#expected.clear();
  }

  /** Anything may still come again. */
  get isExpecting(): boolean {
    return this.#expected.size > 0;
  }

  isKnown(receipt: number): boolean {
    return this.#expected.delete(receipt);
  }
}
