import type { Configuration } from './configuration.ts';
import { stableText } from './definition.ts';

export interface NamedChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export interface Differences {
  readonly sources: NamedChanges;
  readonly attributes: NamedChanges;
  /** Sections of the file that a running daemon cannot take over. */
  readonly restartNeeded: readonly string[];
}

/** What a reload has to touch. */
export function differences(old: Configuration, next: Configuration): Differences {
  const restartNeeded = SECTIONS.filter(([, part]) => stableText(part(old)) !== stableText(part(next))).map(
    ([name]) => name,
  );
  return {
    sources: changes(old.sources, next.sources),
    attributes: changes(old.attributes, next.attributes),
    restartNeeded,
  };
}

/** A line for each, for whoever changed the file. */
export function linesOf({ sources, attributes, restartNeeded }: Differences): string[] {
  const lines = (kind: string, { added, removed, changed }: NamedChanges): string[] => [
    ...added.map((name) => `${kind} ${name} added`),
    ...removed.map((name) => `${kind} ${name} removed`),
    ...changed.map((name) => `${kind} ${name} changed`),
  ];
  const sections = restartNeeded.map((section) =>
    section === 'web' ? 'web takes effect at the next start' : `${section} changed`,
  );
  return [...lines('source', sources), ...lines('attribute', attributes), ...sections];
}

const SECTIONS: readonly (readonly [string, (configuration: Configuration) => unknown])[] = [
  ['exist', ({ exist }) => exist],
  ['timezone', ({ timezone }) => timezone],
  ['day_starts', ({ dayStartsMin }) => dayStartsMin],
  ['web', ({ web }) => web],
  ['journal', ({ journal }) => journal],
];

function changes(old: readonly { readonly name: string }[], next: readonly { readonly name: string }[]): NamedChanges {
  const before = new Map(old.map((each) => [each.name, stableText(each)]));
  const after = new Map(next.map((each) => [each.name, stableText(each)]));
  return {
    added: [...after.keys()].filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
    changed: [...after.keys()].filter((name) => before.has(name) && before.get(name) !== after.get(name)),
  };
}
