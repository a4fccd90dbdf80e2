import { resolve } from 'node:path';
import type { z } from 'zod';
import { inputSchema } from './json-schema.ts';
import type { Json } from './json-schema.ts';
import { expandHome } from './substitution.ts';

/** What paths in the configuration are relative to. */
export interface Places {
  /** Where `dayfold.yaml` lies. */
  readonly folder: string;
  /** What `~/` stands for. */
  readonly home: string;
}

/** The options with every path in them absolute: texts where the schema says `path: true` in its meta. */
export function withAbsolutePaths(schema: z.ZodType, options: unknown, places: Places): unknown {
  let root: Json;
  try {
    root = inputSchema(schema);
  } catch {
    // What has no JSON Schema has no paths; the check that follows tells what is wrong with it.
    return options;
  }
  return JSON.stringify(root).includes('"path":true') ? resolved(options, [root], root, places) : options;
}

function resolved(value: unknown, schemas: readonly Json[], root: Json, places: Places): unknown {
  const alternatives = [...allOf(schemas, root)];
  if (alternatives.length === 0) return value;
  if (typeof value === 'string') {
    const isPath = value !== '' && alternatives.some(({ path }) => path === true);
    return isPath ? resolve(places.folder, expandHome(value, places.home)) : value;
  }
  const within = (pick: (schema: Json) => unknown): readonly Json[] => alternatives.map(pick).filter(isJson);
  if (Array.isArray(value)) {
    return value.map((part: unknown, index) =>
      resolved(
        part,
        within(({ items, prefixItems }) => (Array.isArray(prefixItems) ? (prefixItems[index] ?? items) : items)),
        root,
        places,
      ),
    );
  }
  if (!isJson(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      resolved(
        part,
        within(({ properties, additionalProperties }) =>
          isJson(properties) && Object.hasOwn(properties, key) ? properties[key] : additionalProperties,
        ),
        root,
        places,
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
