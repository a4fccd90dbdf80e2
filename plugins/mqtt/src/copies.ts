import type { Incoming } from './incoming.ts';
import { matched } from './topics.ts';

export type Named = {
  readonly identifier: number;
  /** The quality the broker granted. */
  readonly qos: number;
};

/**
 * Which copy of a message counts, where a broker sends one for each subscription that matches.
 *
 * On MQTT 5 a filter that overlaps another is subscribed to with an identifier, and each copy says whose it is (section
 * 3.3.4). Identifiers grow in the order of subscribing, are never used again in a session, and the next filter is asked
 * for only when the one before is granted. So a filter that is still subscribed to, matches, and has a lower identifier
 * than the copy in hand was subscribed to when the message was published: the broker sent a copy for it too, and that
 * one counts. Where this is not certain the copy counts: none is ever left out that was the only one.
 */
export class Copies {
  readonly #named = new Map<string, Named>();

  /** What the broker keeps for this session. */
  replace(named: Readonly<Record<string, Named>>): void {
    this.#named.clear();
    for (const [filter, one] of Object.entries(named)) this.#named.set(filter, one);
  }

  /** Once the broker granted it. */
  set(filter: string, named: Named): void {
    this.#named.set(filter, named);
  }

  /** Before the broker is asked to end or to change a subscription. */
  delete(filter: string): void {
    this.#named.delete(filter);
  }

  has(filter: string): boolean {
    return this.#named.has(filter);
  }

  get all(): Readonly<Record<string, Named>> {
    return Object.fromEntries(this.#named);
  }

  /** Whether another copy of this message counts. Not for what was retained: that comes to new subscriptions alone. */
  isSurplus({ topic, qos, identifier }: Pick<Incoming, 'topic' | 'qos' | 'identifier'>): boolean {
    if (identifier === undefined) return false;
    for (const [filter, other] of this.#named) {
      // A copy of a lower quality might have been lost where this one was kept.
      if (other.identifier < identifier && other.qos >= qos && matched(filter, topic) !== undefined) return true;
    }
    return false;
  }
}
