import type { Account, TwinAttribute } from './account.ts';
import type { Grant } from './grants.ts';
import { GROUPS, TEMPLATES, VALUE_TYPE_DESCRIPTIONS } from './templates.ts';
import { addDays } from './days.ts';

/** The attribute object of Exist's answers. */
export function attributeJson(account: Account, attribute: TwinAttribute): Record<string, unknown> {
  const service = (name: string) => ({ name, label: account.labels.get(name) ?? name });
  return {
    template: attribute.template ?? null,
    name: attribute.name,
    label: attribute.label,
    subgroup: null,
    group: groupJson(attribute.group),
    service: attribute.service === undefined ? null : service(attribute.service),
    active: attribute.service !== undefined,
    priority: 9,
    manual: attribute.manual,
    value_type: attribute.valueType,
    value_type_description: VALUE_TYPE_DESCRIPTIONS[attribute.valueType],
    available_services: [...attribute.available].map(service),
  };
}

/** Lists leave out in silence what the token may not read. */
export function readable(account: Account, grant: Grant): TwinAttribute[] {
  return [...account.attributes.values()].filter(
    (one) => grant.scopes.has(`${one.group}_read`) || (one.manual && grant.scopes.has('manual_read')),
  );
}

export function attributeList(account: Account, grant: Grant, query: URLSearchParams, ownedOnly: boolean): unknown[] {
  // Ownership is visible without any read scope. A filter by name has no effect here, as recorded.
  const mine = (one: TwinAttribute): boolean => one.service === grant.client.service;
  const listed = ownedOnly ? [...account.attributes.values()].filter(mine) : readable(account, grant);
  const groups = listOf(query.get('groups'));
  const manual = query.get('manual');
  return listed
    .filter((one) => one.service !== undefined || isTrue(query.get('include_inactive')))
    .filter((one) => groups === undefined || groups.includes(one.group))
    .filter((one) => !isTrue(query.get('exclude_custom')) || one.group !== 'custom')
    .filter((one) => manual === null || one.manual === isTrue(manual))
    .filter((one) => !isTrue(query.get('owned')) || mine(one))
    .map((one) => attributeJson(account, one));
}

export function withValues(account: Account, grant: Grant, query: URLSearchParams): unknown[] {
  const days = Math.min(31, Math.max(1, Number(query.get('days') ?? 1) || 1));
  const last = query.get('date_max') ?? account.today();
  const first = addDays(last, 1 - days);
  const groups = listOf(query.get('groups'));
  const names = listOf(query.get('attributes'));
  const templates = listOf(query.get('templates'));
  return readable(account, grant)
    .filter((one) => one.service !== undefined)
    .filter((one) => groups === undefined || groups.includes(one.group))
    .filter((one) => names === undefined || names.includes(one.name))
    .filter((one) => templates === undefined || templates.includes(one.template ?? ''))
    .map((one) => {
      const { available_services: _unlisted, ...json } = attributeJson(account, one);
      return { ...json, values: rowsOf(one).filter(({ date }) => date >= first && date <= last) };
    });
}

/** Newest first; days without data are simply not there. Undefined: hidden or unknown. */
export function valuesOf(account: Account, grant: Grant, query: URLSearchParams): unknown[] | undefined {
  const attribute = readable(account, grant).find((one) => one.name === query.get('attribute'));
  if (attribute?.service === undefined) return undefined;
  const last = query.get('date_max');
  return rowsOf(attribute).filter(({ date }) => last === null || date <= last);
}

/** The default list leaves out what has a low priority; here that is nothing. */
export function templateList(query: URLSearchParams): unknown[] {
  const groups = listOf(query.get('groups'));
  return [...TEMPLATES.values()]
    .filter((one) => groups === undefined || groups.includes(one.group))
    .map((one) => ({
      name: one.name,
      label: one.label,
      group: groupJson(one.group),
      priority: 1,
      value_type: one.valueType,
      value_type_description: VALUE_TYPE_DESCRIPTIONS[one.valueType],
    }));
}

/** The envelope of every list; 20 a page unless asked, 100 at most. Undefined: there is no such page. */
export function page(items: readonly unknown[], url: URL): Record<string, unknown> | undefined {
  const limit = Math.min(100, Math.max(1, Number(url.searchParams.get('limit') ?? 20) || 20));
  const number = Number(url.searchParams.get('page') ?? 1);
  const pages = Math.max(1, Math.ceil(items.length / limit));
  if (!Number.isInteger(number) || number < 1 || number > pages) return undefined;
  const address = (to: number): string | null => {
    if (to < 1 || to > pages) return null;
    const other = new URL(url);
    other.searchParams.set('page', String(to));
    return other.href;
  };
  return {
    count: items.length,
    next: address(number + 1),
    previous: address(number - 1),
    results: items.slice((number - 1) * limit, number * limit),
  };
}

function rowsOf(attribute: TwinAttribute): { date: string; value: unknown }[] {
  return [...attribute.rows].map(([date, value]) => ({ date, value })).sort((a, b) => (a.date < b.date ? 1 : -1));
}

function groupJson(group: string): Record<string, unknown> {
  return { name: group, label: group.charAt(0).toUpperCase() + group.slice(1), priority: GROUPS.indexOf(group) + 1 };
}

function listOf(text: string | null): string[] | undefined {
  return text === null || text === '' ? undefined : text.split(',');
}

function isTrue(text: string | null): boolean {
  return text === 'true' || text === '1';
}
