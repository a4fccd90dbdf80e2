import type { Change } from '../store/changes.ts';
import type { AccountContext } from './account-context.ts';
import type { Retried } from './account-memory.ts';
import type { Unanswered } from './exist-gateway.ts';
import type { PlanProblem } from './plan-problems.ts';
import { backoffMs } from './retry-times.ts';
import { scopeSubject } from './scopes.ts';

/** Failed syncs in a row before the person is told. */
const PATIENCE = 3;
/** Raised as long as the plan names them, cleared when it no longer does. */
const STANDING = [
  'exist.scope_missing',
  'exist.not_connected',
  'exist.login_required',
  'exist.attribute_lost',
  'exist.attribute_blocked',
  'exist.attribute_twice',
  'exist.too_old',
  'clock.untrusted',
];

/** What is left of a sync when it is over: when the next try is due, and what the person should know. */
export class Aftermath {
  readonly #context: AccountContext;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  /** Whether, when and what to try again. */
  async conclude(stop: Unanswered | undefined, retries: Retried): Promise<void> {
    const { memory, parts, account } = this.#context;
    const { clock, random, store } = parts;
    const now = clock.now();
    const { failures = 0, blockedUntil = 0 } = await memory.read();
    if (stop === undefined) {
      const fresh = await memory.change({
        failures: undefined,
        retryAt: undefined,
        retries: undefined,
        blockedUntil: undefined,
      });
      const cleared: Change = { kind: 'clear', code: 'exist.unanswered', subject: account };
      await store.changes.together(failures > 0 ? [fresh, cleared] : [fresh]);
      return;
    }
    // Only the person can help.
    if (stop.status === 'unauthorised') return;
    if (stop.status === 'limited') {
      await memory.write({ retries, retryAt: Math.max(blockedUntil, now + (stop.retryAfterMs ?? 0), now + 1000) });
      return;
    }
    const failed = failures + 1;
    const later = await memory.change({ failures: failed, retries, retryAt: now + backoffMs(failed, random) });
    // A client that Exist does not know is a problem of its own.
    const isToBeTold = failed >= PATIENCE && stop.status !== 'misconfigured';
    await store.changes.together(isToBeTold ? [later, this.#unanswered(stop)] : [later]);
  }

  /** Problems that the plan states stand as long as it states them. */
  async show(stated: readonly PlanProblem[]): Promise<void> {
    const { account, parts, attributes } = this.#context;
    const { problems, changes } = parts.store;
    const since = parts.clock.now();
    const subjects = new Set([
      account,
      ...attributes.map(({ name }) => name),
      ...attributes.map(({ group }) => scopeSubject(account, group)),
    ]);
    const standing = stated.filter(({ code }) => STANDING.includes(code));
    const over = (await problems.list()).filter(
      ({ code, subject }) =>
        STANDING.includes(code) &&
        subjects.has(subject) &&
        !standing.some((one) => one.code === code && one.subject === subject),
    );
    await changes.together([
      ...over.map(({ code, subject }): Change => ({ kind: 'clear', code, subject })),
      ...standing.map((problem): Change => ({ kind: 'raise', problem: { ...problem, since } })),
    ]);
  }

  #unanswered(stop: Unanswered): Change {
    const { account, parts } = this.#context;
    const message = 'message' in stop ? stop.message : stop.status;
    return {
      kind: 'raise',
      problem: {
        code: 'exist.unanswered',
        subject: account,
        since: parts.clock.now(),
        message: `Exist does not answer as expected: ${message}; values wait and are tried again`,
        remedy: 'none needed if it passes; else run "dayfold doctor"',
      },
    };
  }
}
