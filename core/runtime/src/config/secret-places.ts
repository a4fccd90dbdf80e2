import type { z } from 'zod';
import { describedBy } from './json-schema.ts';
import type { Path } from './mistakes.ts';
import { fileSchema } from './schema.ts';
import { soundsSecret } from './secret-names.ts';

type Json = { readonly [key: string]: unknown };
/** `*` stands for any key. */
type Pattern = readonly string[];

/**
 * Tells the places of `dayfold.yaml` that hold a secret: what a schema marks with `secret: true`, what a name gives away, and
 * all that lies under either. The body of a request counts too, since logins are sent in it.
 */
export function secretPlaces(pluginSchemas: Iterable<z.ZodType>): (path: Path) => boolean {
  return placesUnder([...patternsOf(fileSchema), ...[...pluginSchemas].flatMap(patternsOfOptions)]);
}

/** The same of the options of a plugin's sources alone. */
export function secretOptionPlaces(pluginSchema: z.ZodType | undefined): (path: Path) => boolean {
  return placesUnder(pluginSchema === undefined ? [] : patternsOfOptions(pluginSchema));
}

function placesUnder(patterns: readonly Pattern[]): (path: Path) => boolean {
  return (path) => {
    const names = path.map(String);
    // Names of sources, attributes and series are chosen freely.
    const isChosen = (index: number): boolean =>
      (index === 1 && (names[0] === 'sources' || names[0] === 'attributes')) || (index === 3 && names[2] === 'series');
    const options = names.filter((_name, index) => !isChosen(index));
    return options.some((name) => soundsSecret(name) || name === 'body') || patterns.some((at) => isUnder(at, names));
  };
}

function isUnder(pattern: Pattern, names: readonly string[]): boolean {
  return pattern.length <= names.length && pattern.every((part, index) => part === '*' || part === names[index]);
}

function patternsOfOptions(schema: z.ZodType): readonly Pattern[] {
  return patternsOf(schema).map((at) => ['sources', '*', ...at]);
}

function patternsOf(schema: z.ZodType): readonly Pattern[] {
  const root = describedBy(schema);
  return marked(root, root, [], new Set());
}

function marked(given: unknown, root: Json, at: Pattern, above: ReadonlySet<unknown>): Pattern[] {
  if (!isJson(given) || above.has(given)) return [];
  if (given['secret'] === true) return [at];
  const inside = new Set(above).add(given);
  const follow = (part: unknown, ...keys: string[]): Pattern[] => marked(part, root, [...at, ...keys], inside);
  const reference = given['$ref'];
  return [
    ...(typeof reference === 'string' ? follow(referenced(root, reference)) : []),
    ...['anyOf', 'oneOf', 'allOf'].flatMap((key) => listOf(given[key]).flatMap((part) => follow(part))),
    ...Object.entries(isJson(given['properties']) ? given['properties'] : {}).flatMap(([key, part]) =>
      follow(part, key),
    ),
    ...['additionalProperties', 'items'].flatMap((key) => follow(given[key], '*')),
    ...listOf(given['prefixItems']).flatMap((part) => follow(part, '*')),
  ];
}

function referenced(root: Json, reference: string): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => (isJson(at) ? at[key] : undefined), root);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
