import { resolve } from 'node:path';
import type { z } from 'zod';
import { describedBy } from './json-schema.ts';
import type { Json } from './json-schema.ts';
import { expandHome } from './substitution.ts';

/** What paths in the configuration are relative to. */
export interface Places {
  /** Where `dayfold.yaml` lies. */
  readonly folder: string;
  /** What `~/` stands for. */
  readonly home: string;
  /** The data folder; undefined where it is nobody's matter here. */
  readonly data?: string;
}

/** The options with every path in them absolute: texts where the schema says `path: true` in its meta. */
export function withAbsolutePaths(schema: z.ZodType, options: unknown, { folder, home }: Places): unknown {
  return walked(schema, options, (text) => resolve(folder, expandHome(text, home)));
}

export interface ReadingsPath {
  readonly at: readonly (string | number)[];
  readonly path: string;
}

/** The paths among the options of which the schema says `readings: true` in its meta. */
export function pathsOfReadings(schema: z.ZodType, options: unknown): readonly ReadingsPath[] {
  const found: ReadingsPath[] = [];
  walked(schema, options, (path, at, isOfReadings) => {
    if (isOfReadings) found.push({ at, path });
    return path;
  });
  return found;
}

/** What stands in the place of a path. */
type Visit = (text: string, at: ReadingsPath['at'], isOfReadings: boolean) => string;

function walked(schema: z.ZodType, options: unknown, visit: Visit): unknown {
  let root: Json;
  try {
    root = describedBy(schema);
  } catch {
    // What has no JSON Schema has no paths; the check that follows tells what is wrong with it.
    return options;
  }
  return JSON.stringify(root).includes('"path":true') ? replaced(options, [root], root, visit, []) : options;
}

function replaced(
  value: unknown,
  schemas: readonly Json[],
  root: Json,
  visit: Visit,
  at: readonly (string | number)[],
): unknown {
  const alternatives = [...allOf(schemas, root)];
  if (alternatives.length === 0) return value;
  if (typeof value === 'string') {
    const paths = alternatives.filter(({ path }) => path === true);
    if (value === '' || paths.length === 0) return value;
    return visit(
      value,
      at,
      paths.some(({ readings }) => readings === true),
    );
  }
  const within = (pick: (schema: Json) => unknown): readonly Json[] => alternatives.map(pick).filter(isJson);
  if (Array.isArray(value)) {
    return value.map((part: unknown, index) =>
      replaced(
        part,
        within(({ items, prefixItems }) => (Array.isArray(prefixItems) ? (prefixItems[index] ?? items) : items)),
        root,
        visit,
        [...at, index],
      ),
    );
  }
  if (!isJson(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      replaced(
        part,
        within(({ properties, additionalProperties }) =>
          isJson(properties) && Object.hasOwn(properties, key) ? properties[key] : additionalProperties,
        ),
        root,
        visit,
        [...at, key],
      ),
    ]),
  );
}

/** The schemas themselves, what they refer to, and their alternatives, each once. */
function allOf(schemas: readonly Json[], root: Json, found = new Set<Json>()): ReadonlySet<Json> {
  for (const schema of schemas) {
    if (found.has(schema)) continue;
    found.add(schema);
    const parts = [schema.anyOf, schema.oneOf, schema.allOf].flat();
    allOf([target(schema.$ref, root), ...parts].filter(isJson), root, found);
  }
  return found;
}

function target(reference: unknown, root: Json): unknown {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined;
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((part, key) => (isJson(part) ? part[key] : undefined), root);
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
