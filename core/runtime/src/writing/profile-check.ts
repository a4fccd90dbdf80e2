import type { Instant } from '../day/calendar.ts';
import type { Change } from '../store/changes.ts';
import type { AccountContext } from './account-context.ts';
import type { Profile, Unanswered } from './exist-gateway.ts';
import type { SyncReason } from './plan.ts';

/** A person moves at most once a day, and a little less than a day keeps the check at its hour. */
const EVERY_MS = 23 * 3_600_000;
/** More than a slow answer; an hour is what a wrong summer time makes. */
const MOST_APART_MS = 10 * 60_000;

/** Once a day, with a sync: has the person moved to another zone, and does Exist's clock agree with ours. */
export class ProfileCheck {
  readonly #context: AccountContext;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  async run(reason: SyncReason): Promise<Unanswered | undefined> {
    const { parts, memory } = this.#context;
    if (reason === 'user' || reason === 'retry') return undefined;
    const token = await parts.store.tokens.get(this.#context.account);
    const { profileAt = token?.connectedAt ?? 0 } = await memory.read();
    const now = parts.clock.now();
    // A check in the future was dated by a wrong clock.
    if (profileAt <= now && now - profileAt < EVERY_MS) return undefined;
    const outcome = await this.examine();
    return outcome.status === 'answered' ? undefined : outcome;
  }

  /** One call, counted like any other: does Exist accept the login, and what does it say of the person. */
  async examine(): Promise<{ readonly status: 'answered'; readonly profile: Profile } | Unanswered> {
    const { calls, keeper, parts } = this.#context;
    return await calls.authorised(
      keeper,
      'profile',
      0,
      async (accessToken) => await parts.gateway.profile(accessToken),
      async (answer) => (answer.status === 'answered' ? await this.#changesAfter(answer.profile) : []),
    );
  }

  async #changesAfter({ username, timezone, localTime }: Profile): Promise<readonly Change[]> {
    const { account, parts, memory } = this.#context;
    const now = parts.clock.now();
    const token = await parts.store.tokens.get(account);
    const hasChanged = token !== undefined && (token.timezone !== timezone || token.username !== username);
    return [
      await memory.change({ profileAt: now }),
      ...(hasChanged ? [{ kind: 'token', token: { ...token, username, timezone } } as const] : []),
      this.#clocks(localTime, now),
    ];
  }

  #clocks(localTime: string | undefined, now: Instant): Change {
    const { account } = this.#context;
    const theirs = localTime === undefined ? Number.NaN : Date.parse(localTime);
    const apartMs = Math.abs(theirs - now);
    if (!(apartMs > MOST_APART_MS)) return { kind: 'clear', code: 'clock.differs', subject: account };
    const minutes = Math.round(apartMs / 60_000);
    return {
      kind: 'raise',
      problem: {
        code: 'clock.differs',
        subject: account,
        since: now,
        message: `the clock of this host and that of Exist are ${minutes} minutes apart; readings may fall on the wrong day`,
        remedy: 'check the time service of the host',
      },
    };
  }
}
