import type { AttributeConfiguration } from '../config/configuration.ts';
import type { LedgerEntry } from '../store/accounts.ts';
import type { AccountContext } from './account-context.ts';
import { Acquisition, isSameAttribute } from './acquisition.ts';
import { whenAnswered } from './changes-of.ts';
import type { Answered, Unanswered } from './exist-gateway.ts';
import { clearedChanges, lostChanges } from './ledger-changes.ts';
import { TAKE_BACK } from './ownership-state.ts';

export interface Takeover {
  readonly attribute: string;
  readonly service: string;
}

/** What acquiring will change in the account, as far as the login may see it. */
export interface Takeovers {
  readonly takeovers: readonly Takeover[];
  /** New attributes of templates whose present owner the login may not see: it has no read scope. */
  readonly unseen: readonly string[];
}

type Named = { readonly name: string };

/**
 * Who owns what, for one account.
 *
 * - *new*: not in the ledger. Acquired (templates) or created (custom ones), once.
 * - *owned*: written to. When Exist says that it belongs to another, it is taken back once; said again, it is lost.
 * - *lost*: left alone until the person asks for it.
 * - *blocked*: cannot be owned for good (another type, a taken name, a refusal). Left by a login, a new definition or
 *   the person.
 * - *released*: given back by the person; asked for again, it is acquired by its name with the next sync.
 */
export class Ownership {
  readonly #context: AccountContext;
  readonly #acquisition: Acquisition;

  constructor(context: AccountContext) {
    this.#context = context;
    this.#acquisition = new Acquisition(context);
  }

  async acquire(attributes: readonly AttributeConfiguration[]): Promise<Unanswered | undefined> {
    return await this.#acquisition.acquire(attributes, undefined);
  }

  async create(attributes: readonly AttributeConfiguration[]): Promise<Unanswered | undefined> {
    return await this.#acquisition.create(attributes);
  }

  /** After `unauthorised` or `not_found`: each is taken back once in its life; asked again it is lost. */
  async regain(
    names: readonly string[],
  ): Promise<{ readonly regained: ReadonlySet<string>; readonly stop: Unanswered | undefined }> {
    const { parts } = this.#context;
    const entries = await this.#entries();
    const now = parts.clock.now();
    const known = names.flatMap((name) => {
      const attribute = this.#context.attribute(name);
      const entry = entries.get(name);
      return attribute === undefined || entry === undefined ? [] : [{ attribute, entry }];
    });
    const once = known.filter(({ entry }) => entry.reacquiredAt === undefined);
    const again = known.filter(({ entry }) => entry.reacquiredAt !== undefined);
    await parts.store.changes.together([
      ...again.flatMap(({ entry }) => lostChanges(entry, now)),
      // The attempt is on record before it is made, so that a crash cannot turn it into a fight.
      { kind: 'ledger', entries: once.map(({ entry }) => ({ ...entry, reacquiredAt: now })) },
    ]);
    if (once.length === 0) return { regained: new Set(), stop: undefined };
    const stop = await this.#acquisition.acquire(
      once.map(({ attribute }) => attribute),
      now,
    );
    const after = await this.#entries();
    const isOurs = (name: string): boolean =>
      after.get(name)?.reacquiredAt === now && after.get(name)?.state === 'owned';
    return { regained: new Set(once.map(({ attribute }) => attribute.name).filter(isOurs)), stop };
  }

  /** The person wants it back: acquired with the next sync, by its name where it has no template. */
  async takeBack(name: string): Promise<void> {
    const { account, parts } = this.#context;
    const entry = (await this.#entries()).get(name);
    if (this.#context.attribute(name) === undefined || entry === undefined || entry.state === 'owned') return;
    const wanted: LedgerEntry = {
      ...entry,
      state: 'released',
      since: parts.clock.now(),
      reacquiredAt: undefined,
      reason: TAKE_BACK,
    };
    await parts.store.changes.together([{ kind: 'ledger', entries: [wanted] }, ...clearedChanges(name)]);
    await parts.store.outbox.reopen(account, name);
  }

  /** Gives it back to Exist. Undefined: done. */
  async release(
    name: string,
  ): Promise<Unanswered | { readonly status: 'refused'; readonly message: string } | undefined> {
    const { calls, keeper, parts } = this.#context;
    const entry = (await this.#entries()).get(name);
    if (entry === undefined || entry.state !== 'owned')
      return { status: 'refused', message: `${name} is not owned by dayfold` };
    const released: LedgerEntry = { ...entry, state: 'released', since: parts.clock.now(), reason: undefined };
    const outcome = await calls.authorised(
      keeper,
      'release',
      1,
      async (token) => await parts.gateway.release(token, [{ name: entry.name }]),
      whenAnswered((answer) => (isReleased(answer) ? [{ kind: 'ledger', entries: [released] }] : [])),
    );
    if (outcome.status !== 'answered') return outcome;
    if (isReleased(outcome)) return undefined;
    const [refusal] = outcome.refused;
    return refusal === undefined
      ? { status: 'unclear', message: 'Exist did not say what became of it' }
      : { status: 'refused', message: refusal.message };
  }

  /** Attributes of the configuration that another service fills now. */
  async takeovers(): Promise<Takeovers> {
    const { account, calls, keeper, parts, attributes } = this.#context;
    const entries = await this.#entries();
    const open = attributes.filter(({ name }) => entries.get(name)?.state !== 'owned');
    if (open.length === 0) return { takeovers: [], unseen: [] };
    const scopes = (await parts.store.tokens.get(account))?.scopes ?? [];
    const isUnseen = ({ template, group }: AttributeConfiguration): boolean =>
      template !== undefined && scopes.length > 0 && !scopes.includes(`${group}_read`);
    const unseen = open.filter(isUnseen).map(({ name }) => name);
    const all = await calls.authorised(keeper, 'attributes', 0, async (token) => await parts.gateway.attributes(token));
    if (all.status !== 'answered') return { takeovers: [], unseen };
    const owned = await calls.authorised(keeper, 'owned', 0, async (token) => await parts.gateway.owned(token));
    const ours = new Set(owned.status === 'answered' ? owned.attributes.map(({ name }) => name) : []);
    const takeovers = open.flatMap((attribute): Takeover[] => {
      const found = all.attributes.find((candidate) => isSameAttribute(candidate, attribute));
      if (found?.service === undefined || ours.has(found.name)) return [];
      return [{ attribute: attribute.name, service: found.serviceLabel ?? found.service }];
    });
    const seen = new Set(takeovers.map(({ attribute }) => attribute));
    return { takeovers, unseen: unseen.filter((name) => !seen.has(name)) };
  }

  async #entries(): Promise<ReadonlyMap<string, LedgerEntry>> {
    const entries = await this.#context.parts.store.ledger.entries(this.#context.account);
    return new Map(entries.map((entry) => [entry.attribute, entry]));
  }
}

/** Not ours any more is what was wanted, too. */
function isReleased({ refused: [refusal], unmentioned }: Answered<Named>): boolean {
  if (unmentioned.length > 0) return false;
  return refusal === undefined || refusal.code === 'unauthorised' || refusal.code === 'not_found';
}
