import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Token } from '../store/accounts.ts';

/** Groups that Exist has a write scope for. `twitter` has templates but no scope. */
const SCOPED_GROUPS: ReadonlySet<string> = new Set([
  'activity',
  'productivity',
  'mood',
  'sleep',
  'workouts',
  'events',
  'finance',
  'food',
  'health',
  'location',
  'media',
  'social',
  'weather',
  'symptoms',
  'medication',
  'custom',
  'manual',
]);

type Grouped = Pick<AttributeConfiguration, 'group'>;

/** The write scope of each attribute's group and nothing more, sorted. */
export function scopesFor(attributes: readonly Grouped[]): readonly string[] {
  const scopes = new Set<string>();
  for (const attribute of attributes) {
    const scope = scopeOf(attribute);
    if (scope !== undefined) scopes.add(scope);
  }
  return [...scopes].sort();
}

/** Scopes the attributes need and the token lacks. A token that does not say its scopes (a pasted personal one) has all. */
export function missingScopes(
  attributes: readonly Grouped[],
  token: Pick<Token, 'scopes'> | undefined,
): readonly string[] {
  if (token === undefined || token.scopes.length === 0) return [];
  return scopesFor(attributes).filter((scope) => !token.scopes.includes(scope));
}

/** Undefined where Exist has no scope for the group. */
export function scopeOf({ group }: Grouped): string | undefined {
  return SCOPED_GROUPS.has(group) ? `${group}_write` : undefined;
}

/** What a problem with a group's scope concerns. */
export function scopeSubject(account: string, group: string): string {
  return account === 'me' ? group : `${account}/${group}`;
}
