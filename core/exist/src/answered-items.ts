import type { AcquireItem, Answered, ExistAttribute } from '@dayfold/runtime';
import type { z } from 'zod';
import type { AttributeWire, WriteAnswer } from './wire.ts';

/** Items are found again by name and date, template or label; the answer has no index, any order, and may repeat. */
export function settled<Item, Result>(
  items: readonly Item[],
  { success, failed }: z.output<typeof WriteAnswer>,
  keysOf: (item: Item) => readonly string[],
  resultOf: (item: Item, wire: AttributeWire) => Result,
): Answered<Item, Result> {
  const accepted: { item: Item; result: Result }[] = [];
  const refused: { item: Item; code: string; message: string }[] = [];
  const unmentioned: Item[] = [];
  for (const item of items) {
    const keys = keysOf(item);
    const isMeant = (wire: AttributeWire): boolean => keysOfWire(wire).some((key) => keys.includes(key));
    const failure = failed.find(isMeant);
    const achieved = success.find(isMeant);
    if (failure !== undefined)
      refused.push({ item, code: failure.error_code ?? 'unknown', message: failure.error ?? 'no reason given' });
    else if (achieved !== undefined) accepted.push({ item, result: resultOf(item, achieved) });
    else unmentioned.push(item);
  }
  return { status: 'answered', accepted, refused, unmentioned };
}

function keysOfWire({ name, title, template, label, date }: AttributeWire): string[] {
  const names = [name, title].filter((each) => typeof each === 'string');
  return [
    ...names.map((each) => (typeof date === 'string' ? `name ${each} on ${date}` : `name ${each}`)),
    ...(typeof template === 'string' ? [`template ${template}`] : []),
    ...(typeof label === 'string' ? [`label ${label.toLowerCase()}`] : []),
  ];
}

/** A templated attribute carries the template's name where the answer leaves the template out. */
export function acquireKeys(item: AcquireItem): string[] {
  return 'template' in item ? [`template ${item.template}`, `name ${item.template}`] : [`name ${item.name}`];
}

/** By which an item of an update or increment is found again. */
export function datedKeys({ name, date }: { readonly name: string; readonly date: string }): string[] {
  return [`name ${name} on ${date}`];
}

/** The attribute object of an answer, as far as it goes. */
export function attributeOf(wire: AttributeWire): ExistAttribute {
  const { name, template, label, group, service, value_type, active } = wire;
  const serviceName = typeof service === 'string' ? service : service?.name;
  return {
    name: name ?? template ?? '',
    template: template ?? undefined,
    label: label ?? name ?? '',
    group: (typeof group === 'string' ? group : group?.name) ?? undefined,
    valueType: value_type ?? undefined,
    service: serviceName === '' ? undefined : (serviceName ?? undefined),
    serviceLabel: (typeof service === 'string' ? service : service?.label) ?? undefined,
    active: active === true || active === 'true',
  };
}
