import type { Counters } from './counters.ts';
import { addDays, dateIn, isRealDate } from './days.ts';
import type { Grant } from './grants.ts';
import { GROUPS, TEMPLATES } from './templates.ts';
import { checkDelta, checkValue, seedOf } from './value-rules.ts';
import type { TwinValue } from './value-rules.ts';

export interface TwinAttribute {
  readonly name: string;
  readonly template: string | undefined;
  readonly label: string;
  readonly group: string;
  readonly valueType: number;
  manual: boolean;
  /** Undefined: released, inactive. */
  service: string | undefined;
  /** Services that owned it once and could fill it again. */
  readonly available: Set<string>;
  /** Every row, those included that Exist put there by itself. */
  readonly rows: Map<string, TwinValue | null>;
  /** What clients wrote. */
  readonly written: Map<string, TwinValue>;
}

export type ItemOutcome =
  | { readonly ok: true; readonly attribute: TwinAttribute; readonly echo: Record<string, unknown> }
  | { readonly ok: false; readonly code: string; readonly error: string };

export type Item = Readonly<Record<string, unknown>>;

/** One person's Exist account: attributes, who owns them, their days. */
export class Account {
  readonly attributes = new Map<string, TwinAttribute>();
  readonly labels = new Map<string, string>();
  timezone: string;
  /** Days before this one are refused as too old. Whether Exist has such a limit is not known. */
  oldestDay: string | undefined;
  readonly #now: () => number;
  readonly #counters: Counters;

  constructor(timezone: string, now: () => number, counters: Counters) {
    this.timezone = timezone;
    this.#now = now;
    this.#counters = counters;
  }

  today(): string {
    return dateIn(this.timezone, this.#now());
  }

  acquire(grant: Grant, item: Item, index: number): ItemOutcome {
    const { template, name } = item;
    if (typeof template !== 'string' && typeof name !== 'string') return missing(index, 'name');
    const known = typeof template === 'string' ? this.#ofTemplate(template) : this.attributes.get(String(name));
    const model = typeof template === 'string' ? TEMPLATES.get(template) : undefined;
    const group = known?.group ?? model?.group;
    if (group === undefined) return refused('not_found', 'Attribute matching query does not exist.');
    const manual = typeof item['manual'] === 'boolean' ? item['manual'] : (known?.manual ?? true);
    if (!mayWrite(grant, group, manual)) return notAllowed(group);
    const attribute = known ?? this.#add({ ...model!, template: model!.name, manual });
    attribute.manual = manual;
    attribute.service = grant.client.service;
    attribute.available.add(grant.client.service);
    this.#counters.acquired(attribute.name);
    return { ok: true, attribute, echo: { name: attribute.name, active: 'true' } };
  }

  release(grant: Grant, item: Item, index: number): ItemOutcome {
    if (typeof item['name'] !== 'string') return missing(index, 'name');
    const found = this.#owned(grant, item['name']);
    if (!found.ok) return found;
    const attribute = found.attribute;
    attribute.available.delete(grant.client.service);
    attribute.service = [...attribute.available].at(-1);
    const active = attribute.service !== undefined;
    return { ok: true, attribute, echo: { name: attribute.name, service: attribute.service ?? '', active } };
  }

  create(grant: Grant, item: Item, index: number): ItemOutcome {
    const manual = typeof item['manual'] === 'boolean' ? item['manual'] : true;
    const made =
      typeof item['template'] === 'string' ? this.#fromTemplate(item['template']) : this.#custom(item, index);
    if (!made.ok) return made;
    if (!mayWrite(grant, made.group, manual)) return notAllowed(made.group);
    const attribute = this.#add({ ...made, manual });
    attribute.service = grant.client.service;
    attribute.available.add(grant.client.service);
    this.#counters.created(attribute.name);
    const { name, label, group, valueType } = attribute;
    return { ok: true, attribute, echo: { group, label, manual, name, priority: 9, value_type: valueType } };
  }

  update(grant: Grant, item: Item, index: number): ItemOutcome {
    const { name, date, value } = item;
    for (const field of ['name', 'date', 'value']) if (!(field in item)) return missing(index, field);
    const found = this.#owned(grant, name);
    if (!found.ok) return found;
    const checked = checkValue(found.attribute.valueType, value);
    if (!checked.ok) return refused('validation', checked.error);
    if (!this.#isWritableDate(date)) return refused('validation', `Invalid date ${JSON.stringify(date)}`);
    if (date < (this.oldestDay ?? '')) return refused('validation', `Date ${date} is too far in the past`);
    if (found.attribute.written.get(date) === checked.value) this.#counters.unchangedItems += 1;
    put(found.attribute, date, checked.value);
    return { ok: true, attribute: found.attribute, echo: { name, date, value: checked.value } };
  }

  increment(grant: Grant, item: Item, index: number): ItemOutcome {
    const { name, value } = item;
    for (const field of ['name', 'value']) if (!(field in item)) return missing(index, field);
    const found = this.#owned(grant, name);
    if (!found.ok) return found;
    const delta = checkDelta(found.attribute.valueType, value);
    if (!delta.ok) return refused('validation', delta.error);
    const date = item['date'] ?? this.today();
    if (!this.#isWritableDate(date)) return refused('validation', `Invalid date ${JSON.stringify(date)}`);
    const current = checkValue(
      found.attribute.valueType,
      Number(found.attribute.rows.get(date) ?? 0) + Number(delta.value),
    );
    if (!current.ok) return refused('validation', current.error);
    put(found.attribute, date, current.value);
    const dated = 'date' in item ? { date } : {};
    return { ok: true, attribute: found.attribute, echo: { name, ...dated, value, current: current.value } };
  }

  /** The attribute of a template is there and another service owns it. */
  fill(template: string, service: string): void {
    const model = TEMPLATES.get(template);
    if (model === undefined) throw new Error(`there is no template "${template}"`);
    const attribute = this.#ofTemplate(template) ?? this.#add({ ...model, template, manual: false });
    attribute.service = service;
    attribute.available.add(service);
  }

  /** Another service takes the attribute, as the person can decide on Exist's account page. */
  steal(name: string, service: string): void {
    const attribute = this.attributes.get(name);
    if (attribute === undefined) throw new Error(`nobody has an attribute "${name}" here`);
    attribute.service = service;
    attribute.available.add(service);
  }

  #owned(grant: Grant, name: unknown): Extract<ItemOutcome, { ok: true }> | Extract<ItemOutcome, { ok: false }> {
    const attribute = this.attributes.get(String(name));
    if (attribute === undefined) return refused('not_found', `User doesn't have an attribute named '${String(name)}'`);
    if (attribute.service !== grant.client.service) {
      return refused('unauthorised', `Attribute '${attribute.name}' does not belong to this service`);
    }
    if (!mayWrite(grant, attribute.group, attribute.manual)) return notAllowed(attribute.group);
    return { ok: true, attribute, echo: {} };
  }

  #ofTemplate(template: string): TwinAttribute | undefined {
    return [...this.attributes.values()].find((one) => one.template === template);
  }

  #fromTemplate(template: string) {
    const model = TEMPLATES.get(template);
    if (model === undefined) return refused('not_found', 'Attribute matching query does not exist.');
    if (this.#ofTemplate(template) !== undefined) return refused('exists', `Attribute '${template}' already exists`);
    return { ok: true as const, ...model, template };
  }

  #custom(item: Item, index: number) {
    for (const field of ['label', 'group', 'value_type']) if (!(field in item)) return missing(index, field);
    const { group, value_type: valueType } = item;
    if (typeof group !== 'string' || !GROUPS.includes(group))
      return refused('not_found', `Group '${String(group)}' does not exist`);
    if (
      typeof valueType !== 'number' ||
      !Number.isInteger(valueType) ||
      valueType < 0 ||
      valueType > 8 ||
      valueType === 6
    ) {
      return refused('validation', `Value type ${String(valueType)} cannot be used for a custom attribute`);
    }
    if (group === 'custom' && valueType !== 7) return refused('validation', 'Custom tags must be booleans');
    const given = String(item['label']).trim();
    // Daily tags come back in lower case.
    const label = group === 'custom' ? given.toLowerCase() : given;
    const name = nameOf(label) || `attribute_${this.attributes.size + 1}`;
    const taken = this.attributes.has(name) || [...this.attributes.values()].some((one) => one.label === label);
    if (taken) return refused('exists', `Attribute with label '${label}' already exists`);
    return { ok: true as const, name, label, group, valueType, template: undefined };
  }

  #add(made: Pick<TwinAttribute, 'name' | 'label' | 'group' | 'valueType' | 'template' | 'manual'>): TwinAttribute {
    const { label, group, valueType, template, manual } = made;
    // A person's own attribute may sit on the name of a template.
    const name = this.attributes.has(made.name) ? `${made.name}_2` : made.name;
    const attribute: TwinAttribute = {
      name,
      template,
      label,
      group,
      valueType,
      manual,
      service: undefined,
      available: new Set(),
      rows: new Map([[this.today(), seedOf(valueType)]]),
      written: new Map(),
    };
    this.attributes.set(name, attribute);
    return attribute;
  }

  /** Tomorrow at most: somewhere it has begun already. */
  #isWritableDate(date: unknown): date is string {
    return isRealDate(date) && date <= addDays(this.today(), 1);
  }
}

function put(attribute: TwinAttribute, date: string, value: TwinValue): void {
  attribute.rows.set(date, value);
  attribute.written.set(date, value);
}

/** "Time reading" gives `time_reading`. */
function nameOf(label: string): string {
  return label
    .normalize('NFKD')
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
}

function mayWrite(grant: Grant, group: string, manual: boolean): boolean {
  return grant.scopes.has(`${group}_write`) || (manual && grant.scopes.has('manual_write'));
}

function refused(code: string, error: string): { readonly ok: false; readonly code: string; readonly error: string } {
  return { ok: false, code, error };
}

function notAllowed(group: string) {
  return refused('not_allowed', `No permission to write to attributes in group '${group}'`);
}

function missing(index: number, field: string) {
  return refused('missing_field', `Object at index ${index} missing field(s) '${field}'`);
}
