import type { Clock } from '@dayfold/sdk';
import { isIPv6 } from 'node:net';

const MOST = 20;
const WINDOW_MS = 60_000;
const CLOSED_MS = 60_000;
/** Remembered at a time; beyond them the first is forgotten. */
const MOST_PLACES = 1000;

interface Place {
  /** When the last wrong ones came, at most 20. */
  times: readonly number[];
  closedUntil: number;
}

/**
 * Bounds how fast tokens can be guessed: after 20 wrong ones within a minute nothing is taken for a minute from where they
 * came. Others are not shut out by them, and who guesses on cannot learn from a right one among them.
 */
export class WrongTokens {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #places = new Map<string, Place>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Whole seconds until tokens from there are looked at again; 0 when they are. */
  waitS(from: string | undefined): number {
    const { closedUntil } = this.#places.get(placeOf(from)) ?? { closedUntil: Number.NEGATIVE_INFINITY };
    return Math.max(0, Math.ceil((closedUntil - this.#clock.monotonic()) / 1000));
  }

  /** Takes note of a wrong one; true when it was one too many. */
  count(from: string | undefined): boolean {
    const now = this.#clock.monotonic();
    const name = placeOf(from);
    const earlier = this.#places.get(name)?.times ?? [];
    const times = [...earlier.filter((time) => now - time < WINDOW_MS), now];
    const isFull = times.length >= MOST;
    this.#places.delete(name);
    this.#places.set(name, {
      times: isFull ? [] : times,
      closedUntil: isFull ? now + CLOSED_MS : Number.NEGATIVE_INFINITY,
    });
    const [first] = this.#places.keys();
    if (this.#places.size > MOST_PLACES && first !== undefined) this.#places.delete(first);
    return isFull;
  }
}

/** An address; of IPv6 the network (/64), in which one machine can take as many as it likes. */
function placeOf(from = ''): string {
  const address = from.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '');
  if (!isIPv6(address)) return address;
  const [before = '', behind] = address.split('::');
  const groups = before.split(':').filter((group) => group !== '');
  const missing = behind === undefined ? 0 : 4;
  return [...groups, ...Array.from({ length: missing }, () => '0')].slice(0, 4).join(':');
}
