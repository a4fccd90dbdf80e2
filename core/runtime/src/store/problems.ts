import type { JsonValue } from '@dayfold/sdk';
import type { Instant } from '../day/calendar.ts';
import { token } from '../kernel/token.ts';

/** Something the person should know, with what to do about it. One for each code and subject. */
export interface Problem {
  /** Stable and dotted: `exist.login_required`. */
  readonly code: string;
  /** What it concerns: an account, a source, an attribute. */
  readonly subject: string;
  readonly since: Instant;
  readonly message: string;
  readonly remedy: string;
}

export interface Problems {
  /** Keeps the first `since` while the problem lasts. */
  raise(problem: Problem): Promise<void>;
  clear(code: string, subject: string): Promise<void>;
  list(): Promise<readonly Problem[]>;
}
export const Problems = token<Problems>('Problems');

/** Small durable values, by scope (a source's name, or `dayfold` for the daemon's own) and key. */
export interface KeyValues {
  get(scope: string, key: string): Promise<JsonValue | undefined>;
  set(scope: string, key: string, value: JsonValue): Promise<void>;
  delete(scope: string, key: string): Promise<void>;
  keys(scope: string): Promise<readonly string[]>;
}
export const KeyValues = token<KeyValues>('KeyValues');
