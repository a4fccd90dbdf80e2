import { z } from 'zod';
import { fileSchema, sourceSchema } from './schema.ts';

export type Json = { [key: string]: unknown };

/** JSON Schema (draft 2020-12) of the whole file; the options of each source follow from its `plugin`. */
export function configurationJsonSchema(plugins: ReadonlyMap<string, z.ZodType>): Json {
  const schema = inputSchema(fileSchema);
  const common = propertiesOf(inputSchema(sourceSchema));
  const $defs: Json = { ...(isJson(schema.$defs) ? schema.$defs : {}) };
  const choices: Json[] = [];
  for (const [plugin, options] of plugins) {
    const name = `plugin:${plugin}`.replaceAll(/[^\w:.-]/g, '_');
    const part = inputSchema(options);
    delete part.$schema;
    $defs[name] = withCommon(moved(part, `#/$defs/${name}`), common);
    choices.push({
      if: { properties: { plugin: { const: plugin } }, required: ['plugin'] },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { $ref: `#/$defs/${name}` },
    });
  }
  const properties = propertiesOf(schema);
  const sources = isJson(properties.sources) ? properties.sources : {};
  const source = isJson(sources.additionalProperties) ? sources.additionalProperties : {};
  return {
    ...schema,
    title: 'dayfold.yaml',
    properties: {
      ...properties,
      sources: { ...sources, additionalProperties: { ...source, ...(choices.length > 0 && { allOf: choices }) } },
    },
    ...(Object.keys($defs).length > 0 && { $defs }),
  };
}

/** What may be written; the keys of `.meta()` stand beside those of JSON Schema. */
export function inputSchema(schema: z.ZodType): Json {
  return structuredClone(describedBy(schema)) as Json;
}

const described = new WeakMap<z.ZodType, Readonly<Json>>();

/** As `inputSchema`, made once for each schema, for whoever only looks: a start asks several times, and each would take milliseconds. */
export function describedBy(schema: z.ZodType): Readonly<Json> {
  const known = described.get(schema);
  if (known !== undefined) return known;
  const made = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' }) as Json;
  described.set(schema, made);
  return made;
}

/** A schema that allows its own keys only must allow those that every source has. */
function withCommon(schema: Json, common: Json): Json {
  const result: Json = { ...schema };
  for (const key of ['anyOf', 'oneOf', 'allOf'] as const) {
    const parts = result[key];
    if (Array.isArray(parts))
      result[key] = parts.map((part: unknown) => (isJson(part) ? withCommon(part, common) : part));
  }
  if (isJson(result.properties)) result.properties = { ...common, ...result.properties };
  return result;
}

/** References inside a plugin's schema point into its own part. */
function moved(value: Json, to: string): Json {
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, movedPart(key, part, to)]));
}

function movedPart(key: string, part: unknown, to: string): unknown {
  if (key === '$ref' && typeof part === 'string' && part.startsWith('#')) return to + part.slice(1);
  if (Array.isArray(part)) return part.map((each: unknown) => (isJson(each) ? moved(each, to) : each));
  return isJson(part) ? moved(part, to) : part;
}

function propertiesOf(schema: Json): Json {
  return isJson(schema.properties) ? schema.properties : {};
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
