import { VALUE_TYPES } from '../config/configuration.ts';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Instant } from '../day/calendar.ts';
import type { LedgerEntry } from '../store/accounts.ts';
import type { Change } from '../store/changes.ts';
import type { ExistAttribute } from './exist-gateway.ts';
import { ownershipProblem } from './plan-problems.ts';

/** Exist gave it to us; blocked instead where it is of another type there, for that is somebody's own attribute. */
export function ownedChanges(
  attribute: AttributeConfiguration,
  found: ExistAttribute,
  now: Instant,
  reacquiredAt: Instant | undefined,
): readonly Change[] {
  const expected = VALUE_TYPES.indexOf(attribute.type);
  if (found.valueType !== undefined && found.valueType !== expected) {
    const actual = VALUE_TYPES[found.valueType] ?? `type ${found.valueType}`;
    return blockedChanges(attribute, `at Exist it is of the type ${actual}, here ${attribute.type}`, now, found.name);
  }
  const { account, name } = attribute;
  const entry: LedgerEntry = {
    account,
    attribute: name,
    name: found.name,
    state: 'owned',
    since: now,
    reacquiredAt,
    reason: undefined,
  };
  return [{ kind: 'ledger', entries: [entry] }, ...clearedChanges(name)];
}

/** It cannot be owned for good. */
export function blockedChanges(
  attribute: AttributeConfiguration,
  reason: string,
  now: Instant,
  name = attribute.template ?? nameFromLabel(attribute.label),
): readonly Change[] {
  return stateChanges({
    account: attribute.account,
    attribute: attribute.name,
    name,
    state: 'blocked',
    since: now,
    reacquiredAt: undefined,
    reason,
  });
}

/** Taken back once already, and gone again. */
export function lostChanges(entry: LedgerEntry, now: Instant): readonly Change[] {
  return stateChanges({ ...entry, state: 'lost', since: now, reason: 'it belongs to another service' });
}

/** Its ownership is no problem any more. */
export function clearedChanges(attribute: string): readonly Change[] {
  return [
    { kind: 'clear', code: 'exist.attribute_lost', subject: attribute },
    { kind: 'clear', code: 'exist.attribute_blocked', subject: attribute },
  ];
}

/** As Exist derives it; only a guess for a name that another client's attribute may have. */
export function nameFromLabel(label: string): string {
  return label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
}

function stateChanges(entry: LedgerEntry): readonly Change[] {
  return [
    { kind: 'ledger', entries: [entry] },
    { kind: 'raise', problem: { ...ownershipProblem(entry), since: entry.since } },
  ];
}
