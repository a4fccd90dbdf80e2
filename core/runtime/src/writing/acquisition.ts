import { VALUE_TYPES } from '../config/configuration.ts';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Instant } from '../day/calendar.ts';
import type { LedgerEntry } from '../store/accounts.ts';
import type { Change } from '../store/changes.ts';
import type { AccountContext } from './account-context.ts';
import { whenAnswered } from './changes-of.ts';
import type { AcquireItem, Answered, CreateItem, ExistAttribute, Unanswered } from './exist-gateway.ts';
import { inParts } from './in-parts.ts';
import type { InParts } from './in-parts.ts';
import { blockedChanges, nameFromLabel, ownedChanges } from './ledger-changes.ts';
import { isNotAllowed } from './refusals.ts';

/** Expected by one public client and contradicted by Exist's documentation: where it comes, looking tells whose it is. */
const ALREADY_OWNED = 'already_owned';

/** Not given to us in a way that time could mend. */
interface Doubtful {
  readonly attribute: AttributeConfiguration;
  readonly message: string;
}

/**
 * Gets attributes from Exist for one account, all of one kind in as few calls as they fit. Each call's answer goes to the
 * ledger in one record: owned, or blocked where it cannot be ours, or a group that the login does not allow.
 */
export class Acquisition {
  readonly #context: AccountContext;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  /** `reacquiredAt` stays in the ledger: that it was taken back once. One that is gone at Exist is created anew. */
  async acquire(
    attributes: readonly AttributeConfiguration[],
    reacquiredAt: Instant | undefined,
  ): Promise<Unanswered | undefined> {
    const { calls, keeper, parts } = this.#context;
    const known = await this.#entries();
    const items = attributes.map((attribute) => acquireItem(attribute, known.get(attribute.name)?.name));
    const byKey = new Map(items.map((item, index) => [acquireKey(item), attributes[index] as AttributeConfiguration]));
    const attributeOf = (item: AcquireItem): AttributeConfiguration =>
      byKey.get(acquireKey(item)) as AttributeConfiguration;
    const gone: AttributeConfiguration[] = [];
    const doubtful: Doubtful[] = [];
    const settled = new Set<string>();
    const result = await inParts(
      items,
      (item) => attributeOf(item).group,
      async (part) =>
        await calls.authorised(
          keeper,
          'acquire',
          part.length,
          async (token) => await parts.gateway.acquire(token, part),
          whenAnswered(async (answer) => await this.#afterAcquire(answer, attributeOf, reacquiredAt)),
        ),
      ({ accepted, refused }) => {
        for (const { item } of accepted) settled.add(attributeOf(item).name);
        for (const { item, code, message } of refused) {
          if (code !== 'not_allowed') settled.add(attributeOf(item).name);
          if (isGone(item, code)) gone.push(attributeOf(item));
          if (code === ALREADY_OWNED) doubtful.push({ attribute: attributeOf(item), message });
        }
      },
    );
    const undecided = attributes.filter(({ name }) => !settled.has(name));
    await parts.store.changes.together([
      ...(await this.#culprits(result, attributeOf)),
      // What was not decided may be taken back once more another time.
      ...(reacquiredAt === undefined ? [] : await this.#attemptsForgotten(undecided)),
    ]);
    const stop = result.stop ?? (doubtful.length === 0 ? undefined : await this.#lookFor(doubtful, reacquiredAt));
    if (stop !== undefined || gone.length === 0) return stop;
    return await this.#createAll(gone, reacquiredAt);
  }

  async create(attributes: readonly AttributeConfiguration[]): Promise<Unanswered | undefined> {
    const { memory } = this.#context;
    let missing = attributes;
    if ((await memory.read()).createUnclear === true) {
      // The answer to an earlier call was lost: some may exist already.
      const found = await this.#adopt(missing, undefined, [await memory.change({ createUnclear: undefined })]);
      if ('status' in found) return found;
      missing = found.missing;
    }
    return missing.length === 0 ? undefined : await this.#createAll(missing, undefined);
  }

  async #afterAcquire(
    { accepted, refused }: Answered<AcquireItem, ExistAttribute>,
    attributeOf: (item: AcquireItem) => AttributeConfiguration,
    reacquiredAt: Instant | undefined,
  ): Promise<readonly Change[]> {
    const now = this.#context.parts.clock.now();
    const denied = refused.filter(isNotAllowed).map(({ item }) => attributeOf(item).group);
    return [
      ...accepted.flatMap(({ item, result }) => ownedChanges(attributeOf(item), result, now, reacquiredAt)),
      ...refused
        .filter(({ item, code }) => code !== 'not_allowed' && code !== ALREADY_OWNED && !isGone(item, code))
        .flatMap(({ item, message }) => blockedChanges(attributeOf(item), message, now)),
      ...(await this.#context.denial(denied)),
    ];
  }

  async #createAll(
    attributes: readonly AttributeConfiguration[],
    reacquiredAt: Instant | undefined,
  ): Promise<Unanswered | undefined> {
    const { calls, keeper, parts, memory } = this.#context;
    const byLabel = new Map(attributes.map((attribute) => [attribute.label.toLowerCase(), attribute]));
    const attributeOf = ({ label }: CreateItem): AttributeConfiguration =>
      byLabel.get(label.toLowerCase()) as AttributeConfiguration;
    const doubtful: Doubtful[] = [];
    const result = await inParts(
      attributes.map(createItem),
      ({ group }) => group,
      async (part) =>
        await calls.authorised(
          keeper,
          'create',
          part.length,
          async (token) => await parts.gateway.create(token, part),
          async (outcome) => {
            if (outcome.status === 'unclear') return [await memory.change({ createUnclear: true })];
            if (outcome.status !== 'answered') return [];
            const now = parts.clock.now();
            const denied = outcome.refused.filter(isNotAllowed).map(({ item }) => item.group);
            return [
              ...outcome.accepted.flatMap(({ item, result: made }) =>
                ownedChanges(attributeOf(item), made, now, reacquiredAt),
              ),
              ...(await this.#context.denial(denied)),
            ];
          },
        ),
      ({ refused }) => {
        for (const { item, code, message } of refused)
          if (code !== 'not_allowed')
            doubtful.push({ attribute: attributeOf(item), message: `Exist did not create it: ${message}` });
      },
    );
    await parts.store.changes.together(await this.#culprits(result, attributeOf));
    return doubtful.length === 0 ? result.stop : ((await this.#lookFor(doubtful, reacquiredAt)) ?? result.stop);
  }

  /** What was refused may be ours already; what is not is blocked. */
  async #lookFor(doubtful: readonly Doubtful[], reacquiredAt: Instant | undefined): Promise<Unanswered | undefined> {
    const found = await this.#adopt(
      doubtful.map(({ attribute }) => attribute),
      reacquiredAt,
    );
    if ('status' in found) return found;
    const { store, clock } = this.#context.parts;
    await store.changes.together(
      doubtful
        .filter(({ attribute }) => found.missing.includes(attribute))
        .flatMap(({ attribute, message }) => blockedChanges(attribute, message, clock.now())),
    );
    return undefined;
  }

  /** Puts into the ledger what this client already owns; the rest is the answer. */
  async #adopt(
    attributes: readonly AttributeConfiguration[],
    reacquiredAt: Instant | undefined,
    further: readonly Change[] = [],
  ): Promise<{ readonly missing: readonly AttributeConfiguration[] } | Unanswered> {
    const { calls, keeper, parts } = this.#context;
    const missing: AttributeConfiguration[] = [];
    const owned = await calls.authorised(
      keeper,
      'owned',
      0,
      async (token) => await parts.gateway.owned(token),
      (outcome) => {
        if (outcome.status !== 'answered') return [];
        const adopted = attributes.flatMap((attribute): readonly Change[] => {
          const found = outcome.attributes.find((candidate) => isSameAttribute(candidate, attribute));
          if (found === undefined) missing.push(attribute);
          return found === undefined ? [] : ownedChanges(attribute, found, parts.clock.now(), reacquiredAt);
        });
        return [...adopted, ...further];
      },
    );
    return owned.status === 'answered' ? { missing } : owned;
  }

  async #culprits<Item>(
    { poison, forbidden }: InParts<Item>,
    attributeOf: (item: Item) => AttributeConfiguration,
  ): Promise<readonly Change[]> {
    const now = this.#context.parts.clock.now();
    return [
      ...poison.flatMap(({ item, message }) => blockedChanges(attributeOf(item), message, now)),
      ...(await this.#context.denial(forbidden)),
    ];
  }

  async #attemptsForgotten(attributes: readonly AttributeConfiguration[]): Promise<readonly Change[]> {
    const known = await this.#entries();
    const open = attributes.flatMap(({ name }) => known.get(name) ?? []).filter(({ state }) => state === 'owned');
    return open.length === 0
      ? []
      : [{ kind: 'ledger', entries: open.map((entry) => ({ ...entry, reacquiredAt: undefined })) }];
  }

  async #entries(): Promise<ReadonlyMap<string, LedgerEntry>> {
    const entries = await this.#context.parts.store.ledger.entries(this.#context.account);
    return new Map(entries.map((entry) => [entry.attribute, entry]));
  }
}

/** Labels of some groups come back in lower case. */
export function isSameAttribute(candidate: ExistAttribute, attribute: AttributeConfiguration): boolean {
  if (attribute.template !== undefined) return candidate.template === attribute.template;
  return candidate.template === undefined && candidate.label.toLowerCase() === attribute.label.toLowerCase();
}

/** A name that Exist does not know (any more). */
function isGone(item: AcquireItem, code: string): boolean {
  return code === 'not_found' && 'name' in item;
}

function acquireItem({ template, label }: AttributeConfiguration, name: string | undefined): AcquireItem {
  return template === undefined ? { name: name ?? nameFromLabel(label) } : { template };
}

function acquireKey(item: AcquireItem): string {
  return 'template' in item ? `template ${item.template}` : `name ${item.name}`;
}

function createItem({ label, group, type }: AttributeConfiguration): CreateItem {
  return { label, group, valueType: VALUE_TYPES.indexOf(type) };
}
