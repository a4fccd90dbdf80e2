import { VALUE_TYPES } from '../config/configuration.ts';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { LedgerEntry } from '../store/accounts.ts';
import type { AccountContext } from './account-context.ts';
import type { AcquireItem, Answered, CreateItem, ExistAttribute, Unanswered } from './exist-gateway.ts';
import { inParts } from './in-parts.ts';
import { TAKE_BACK } from './ownership-state.ts';

export interface Takeover {
  readonly attribute: string;
  readonly service: string;
}

/**
 * Who owns what, for one account.
 *
 * An attribute is *new* until it is acquired (templates) or created (custom ones), once. Then it is *owned*. When Exist
 * says that it belongs to another, it is taken back once; said again, it is *lost* and left alone until the person asks
 * for it. What cannot be owned for good (another type, a taken name, a refusal) is *blocked*. Given back it is *released*.
 */
export class Ownership {
  readonly #context: AccountContext;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  async acquire(attributes: readonly AttributeConfiguration[]): Promise<Unanswered | undefined> {
    const known = await this.#entries();
    const items = attributes.map((attribute) => acquireItem(attribute, known.get(attribute.name)?.name));
    return await this.#acquireAll(attributes, items, undefined);
  }

  async create(attributes: readonly AttributeConfiguration[]): Promise<Unanswered | undefined> {
    const { memory } = this.#context;
    let missing = attributes;
    if ((await memory.read()).createUnclear === true) {
      // The answer to an earlier call was lost: some may exist already.
      const found = await this.#adopt(missing);
      if (!Array.isArray(found)) return found as Unanswered;
      missing = found as readonly AttributeConfiguration[];
      await memory.write({ createUnclear: undefined });
    }
    return missing.length === 0 ? undefined : await this.#createAll(missing, undefined);
  }

  /** After `unauthorised` or `not_found`: each is taken back once in its life; asked again it is lost. */
  async regain(
    names: readonly string[],
  ): Promise<{ readonly regained: ReadonlySet<string>; readonly stop: Unanswered | undefined }> {
    const entries = await this.#entries();
    const once: AttributeConfiguration[] = [];
    for (const name of names) {
      const attribute = this.#context.attribute(name);
      const entry = entries.get(name);
      if (attribute === undefined || entry === undefined) continue;
      if (entry.reacquiredAt === undefined) once.push(attribute);
      else await this.#lose(entry);
    }
    if (once.length === 0) return { regained: new Set(), stop: undefined };
    const now = this.#context.parts.clock.now();
    // The attempt is on record before it is made, so that a crash cannot turn it into a fight.
    await this.#put(once.map(({ name }) => ({ ...(entries.get(name) as LedgerEntry), reacquiredAt: now })));
    const items = once.map((attribute) => acquireItem(attribute, entries.get(attribute.name)?.name));
    const stop = await this.#acquireAll(once, items, now);
    const after = await this.#entries();
    const regained = new Set(
      once
        .map(({ name }) => name)
        .filter((name) => after.get(name)?.reacquiredAt === now && after.get(name)?.state === 'owned'),
    );
    return { regained, stop };
  }

  /** The person wants it back: acquired with the next sync, by its name where it has no template. */
  async takeBack(name: string): Promise<void> {
    const entry = (await this.#entries()).get(name);
    const attribute = this.#context.attribute(name);
    if (attribute === undefined || entry === undefined || entry.state === 'owned') return;
    const now = this.#context.parts.clock.now();
    await this.#put([{ ...entry, state: 'released', since: now, reacquiredAt: undefined, reason: TAKE_BACK }]);
    await this.#clear(name);
    await this.#context.parts.store.outbox.reopen(this.#context.account, name);
  }

  /** Gives it back to Exist. Undefined: done. */
  async release(
    name: string,
  ): Promise<Unanswered | { readonly status: 'refused'; readonly message: string } | undefined> {
    const { calls, keeper, parts } = this.#context;
    const entry = (await this.#entries()).get(name);
    if (entry === undefined || entry.state !== 'owned')
      return { status: 'refused', message: `${name} is not owned by dayfold` };
    const outcome = await calls.authorised(keeper, 'release', 1, (token) =>
      parts.gateway.release(token, [{ name: entry.name }]),
    );
    if (outcome.status !== 'answered') return outcome;
    const [refusal] = outcome.refused;
    // Not ours any more: what was wanted has come about.
    if (refusal !== undefined && refusal.code !== 'unauthorised' && refusal.code !== 'not_found')
      return { status: 'refused', message: refusal.message };
    if (outcome.unmentioned.length > 0) return { status: 'unclear', message: 'Exist did not say what became of it' };
    await this.#put([{ ...entry, state: 'released', since: parts.clock.now(), reason: undefined }]);
    return undefined;
  }

  /** Attributes of the configuration that another service fills now, as far as the token may read. */
  async takeovers(): Promise<readonly Takeover[]> {
    const { calls, keeper, parts, attributes } = this.#context;
    const entries = await this.#entries();
    const open = attributes.filter(({ name }) => entries.get(name)?.state !== 'owned');
    if (open.length === 0) return [];
    const all = await calls.authorised(keeper, 'attributes', 0, (token) => parts.gateway.attributes(token));
    if (all.status !== 'answered') return [];
    const owned = await calls.authorised(keeper, 'owned', 0, (token) => parts.gateway.owned(token));
    const ours = new Set(owned.status === 'answered' ? owned.attributes.map(({ name }) => name) : []);
    return open.flatMap((attribute): Takeover[] => {
      const found = all.attributes.find((candidate) => isSame(candidate, attribute));
      if (found?.service === undefined || ours.has(found.name)) return [];
      return [{ attribute: attribute.name, service: found.serviceLabel ?? found.service }];
    });
  }

  async #acquireAll(
    attributes: readonly AttributeConfiguration[],
    items: readonly AcquireItem[],
    reacquiredAt: number | undefined,
  ): Promise<Unanswered | undefined> {
    const { calls, keeper, parts } = this.#context;
    const byKey = new Map(items.map((item, index) => [acquireKey(item), attributes[index] as AttributeConfiguration]));
    const attributeOf = (item: AcquireItem): AttributeConfiguration =>
      byKey.get(acquireKey(item)) as AttributeConfiguration;
    const gone: AttributeConfiguration[] = [];
    const settled = new Set<string>();
    const result = await inParts(
      items,
      (item) => attributeOf(item).group,
      (part) => calls.authorised(keeper, 'acquire', part.length, (token) => parts.gateway.acquire(token, part)),
      async (answer) => {
        for (const { item, result: found } of answer.accepted) {
          settled.add(attributeOf(item).name);
          await this.#own(attributeOf(item), found, reacquiredAt);
        }
        for (const { item, code, message } of answer.refused) {
          const attribute = attributeOf(item);
          if (code === 'not_found' && 'name' in item) {
            settled.add(attribute.name);
            gone.push(attribute);
          } else if (code === 'not_allowed') await this.#context.deny(attribute.group);
          else {
            settled.add(attribute.name);
            await this.#block(attribute, message);
          }
        }
      },
    );
    for (const { item, message } of result.poison) await this.#block(attributeOf(item), message);
    for (const group of result.forbidden) await this.#context.deny(group);
    // What was not decided may be tried once more another time.
    if (reacquiredAt !== undefined) await this.#forgetAttempt(attributes.filter(({ name }) => !settled.has(name)));
    if (result.stop !== undefined || gone.length === 0) return result.stop;
    return await this.#createAll(gone, reacquiredAt);
  }

  async #createAll(
    attributes: readonly AttributeConfiguration[],
    reacquiredAt: number | undefined,
  ): Promise<Unanswered | undefined> {
    const { calls, keeper, parts, memory } = this.#context;
    const byLabel = new Map(attributes.map((attribute) => [attribute.label.toLowerCase(), attribute]));
    const attributeOf = ({ label }: CreateItem): AttributeConfiguration =>
      byLabel.get(label.toLowerCase()) as AttributeConfiguration;
    const doubtful: { attribute: AttributeConfiguration; message: string }[] = [];
    const result = await inParts(
      attributes.map(createItem),
      ({ group }) => group,
      (part) => calls.authorised(keeper, 'create', part.length, (token) => parts.gateway.create(token, part)),
      async (answer: Answered<CreateItem, ExistAttribute>) => {
        for (const { item, result: made } of answer.accepted) await this.#own(attributeOf(item), made, reacquiredAt);
        for (const { item, code, message } of answer.refused) {
          if (code === 'not_allowed') await this.#context.deny(item.group);
          else doubtful.push({ attribute: attributeOf(item), message });
        }
      },
    );
    for (const { item, message } of result.poison) await this.#block(attributeOf(item), message);
    for (const group of result.forbidden) await this.#context.deny(group);
    if (result.stop?.status === 'unclear') await memory.write({ createUnclear: true });
    if (doubtful.length === 0) return result.stop;
    const missing = await this.#adopt(doubtful.map(({ attribute }) => attribute));
    if (!Array.isArray(missing)) return missing as Unanswered;
    for (const attribute of missing as readonly AttributeConfiguration[]) {
      const message = doubtful.find((one) => one.attribute === attribute)?.message ?? 'refused';
      await this.#block(attribute, `Exist did not create it: ${message}`);
    }
    return result.stop;
  }

  /** Puts into the ledger what this client already owns; the rest is the answer. */
  async #adopt(attributes: readonly AttributeConfiguration[]): Promise<readonly AttributeConfiguration[] | Unanswered> {
    const { calls, keeper, parts } = this.#context;
    const owned = await calls.authorised(keeper, 'owned', 0, (token) => parts.gateway.owned(token));
    if (owned.status !== 'answered') return owned;
    const missing: AttributeConfiguration[] = [];
    for (const attribute of attributes) {
      const found = owned.attributes.find((candidate) => isSame(candidate, attribute));
      if (found === undefined) missing.push(attribute);
      else await this.#own(attribute, found, undefined);
    }
    return missing;
  }

  async #own(
    attribute: AttributeConfiguration,
    found: ExistAttribute,
    reacquiredAt: number | undefined,
  ): Promise<void> {
    const expected = VALUE_TYPES.indexOf(attribute.type);
    if (found.valueType !== undefined && found.valueType !== expected) {
      const actual = VALUE_TYPES[found.valueType] ?? `type ${found.valueType}`;
      await this.#block(attribute, `at Exist it is of the type ${actual}, here ${attribute.type}`, found.name);
      return;
    }
    const { account, parts } = this.#context;
    await this.#put([
      {
        account,
        attribute: attribute.name,
        name: found.name,
        state: 'owned',
        since: parts.clock.now(),
        reacquiredAt,
        reason: undefined,
      },
    ]);
    await this.#clear(attribute.name);
  }

  async #block(
    attribute: AttributeConfiguration,
    reason: string,
    name = attribute.template ?? nameFromLabel(attribute.label),
  ): Promise<void> {
    const { account, parts } = this.#context;
    const since = parts.clock.now();
    await this.#put([
      { account, attribute: attribute.name, name, state: 'blocked', since, reacquiredAt: undefined, reason },
    ]);
    await parts.store.problems.raise({
      code: 'exist.attribute_blocked',
      subject: attribute.name,
      since,
      message: `${attribute.name} cannot be written: ${reason}`,
      remedy: 'change its label, group or type in dayfold.yaml, or take it over from the dashboard',
    });
  }

  async #lose(entry: LedgerEntry): Promise<void> {
    const since = this.#context.parts.clock.now();
    await this.#put([{ ...entry, state: 'lost', since, reason: 'it belongs to another service' }]);
    await this.#context.parts.store.problems.raise({
      code: 'exist.attribute_lost',
      subject: entry.attribute,
      since,
      message: `${entry.attribute} now belongs to another service at Exist; its values wait`,
      remedy: 'take it back from the dashboard, or remove it from dayfold.yaml',
    });
  }

  async #forgetAttempt(attributes: readonly AttributeConfiguration[]): Promise<void> {
    const entries = await this.#entries();
    const open = attributes.flatMap(({ name }) => entries.get(name) ?? []).filter(({ state }) => state === 'owned');
    if (open.length > 0) await this.#put(open.map((entry) => ({ ...entry, reacquiredAt: undefined })));
  }

  async #clear(name: string): Promise<void> {
    const { problems } = this.#context.parts.store;
    await problems.clear('exist.attribute_lost', name);
    await problems.clear('exist.attribute_blocked', name);
  }

  async #entries(): Promise<ReadonlyMap<string, LedgerEntry>> {
    const entries = await this.#context.parts.store.ledger.entries(this.#context.account);
    return new Map(entries.map((entry) => [entry.attribute, entry]));
  }

  async #put(entries: readonly LedgerEntry[]): Promise<void> {
    await this.#context.parts.store.ledger.put(entries);
  }
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

/** Labels of some groups come back in lower case. */
function isSame(candidate: ExistAttribute, attribute: AttributeConfiguration): boolean {
  if (attribute.template !== undefined) return candidate.template === attribute.template;
  return candidate.template === undefined && candidate.label.toLowerCase() === attribute.label.toLowerCase();
}

/** As Exist derives it; only a guess for a name that another client's attribute may have. */
function nameFromLabel(label: string): string {
  return label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
}
