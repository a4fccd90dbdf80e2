import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../day/clock.ts';
import type { KeyValues } from '../store/problems.ts';

const SCOPE = 'dayfold';
/** Long enough to type a password and a second factor. */
const PENDING_MS = 10 * 60_000;

const PendingLogin = z.object({ account: z.string(), redirectUri: z.string(), until: z.number() });
export type PendingLogin = z.infer<typeof PendingLogin>;

/** Logins that were begun and wait for Exist's answer: one for each account, used once, for ten minutes. */
export class PendingLogins {
  readonly #keyValues: KeyValues;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(keyValues: KeyValues, clock: Pick<Clock, 'now'>) {
    this.#keyValues = keyValues;
    this.#clock = clock;
  }

  /** The state to send along: Exist's answer is ours when it carries it back. */
  async begin(account: string, redirectUri: string): Promise<string> {
    await this.#sweep(account);
    const state = randomBytes(16).toString('base64url');
    const until = this.#clock.now() + PENDING_MS;
    await this.#keyValues.set(SCOPE, keyOf(state), { account, redirectUri, until });
    return state;
  }

  async take(state: string): Promise<PendingLogin | undefined> {
    const pending = await this.#read(keyOf(state));
    await this.#keyValues.delete(SCOPE, keyOf(state));
    return pending === undefined || pending.until < this.#clock.now() ? undefined : pending;
  }

  /** A bare code says nothing about its login: it belongs to the one that was begun last for the account. */
  async takeLast(account: string | undefined): Promise<PendingLogin | undefined> {
    if (account === undefined) return undefined;
    for (const key of await this.#keys()) {
      if ((await this.#read(key))?.account === account) return await this.take(key.slice(keyOf('').length));
    }
    return undefined;
  }

  async #sweep(account: string): Promise<void> {
    for (const key of await this.#keys()) {
      const pending = await this.#read(key);
      if (pending === undefined || pending.account === account || pending.until < this.#clock.now())
        await this.#keyValues.delete(SCOPE, key);
    }
  }

  async #read(key: string): Promise<PendingLogin | undefined> {
    return PendingLogin.safeParse(await this.#keyValues.get(SCOPE, key)).data;
  }

  async #keys(): Promise<readonly string[]> {
    return (await this.#keyValues.keys(SCOPE)).filter((key) => key.startsWith(keyOf('')));
  }
}

function keyOf(state: string): string {
  return `login.${state}`;
}
