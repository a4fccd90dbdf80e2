import type { z } from 'zod';
import { Secret } from '../kernel/secret.ts';
import type { SourceConfiguration } from './configuration.ts';
import { check, type Finding } from './issues.ts';
import { closest } from './mistakes.ts';
import { withinDataFolder } from './own-places.ts';
import { secretTexts } from './secret-texts.ts';
import type { sourceSchema } from './schema.ts';
import { withAbsolutePaths } from './source-paths.ts';
import type { Places } from './source-paths.ts';

/** The schema of a plugin's options; undefined where it is not known (yet), and then nothing is checked. */
export type PluginSchema = (plugin: string) => z.ZodType | undefined | Promise<z.ZodType | undefined>;

export function resolveSource(name: string, contents: z.output<typeof sourceSchema>): SourceConfiguration {
  const { plugin, enabled, secrets, ...options } = contents;
  return { name, plugin, enabled, secrets: secrets && hiddenValues(secrets), options };
}

/** Checks the options of a source by its plugin's schema and replaces them by what the schema makes of them; paths become absolute. */
export async function checkOptions(
  source: SourceConfiguration,
  pluginSchema: PluginSchema,
  textual: ReadonlySet<string>,
  places: Places,
): Promise<{ readonly source: SourceConfiguration; readonly findings: readonly Finding[] }> {
  const at = ['sources', source.name];
  let schema: z.ZodType | undefined;
  try {
    schema = await pluginSchema(source.plugin);
  } catch (error) {
    return { source, findings: [{ path: [...at, 'plugin'], message: messageOf(error) }] };
  }
  try {
    if (schema === undefined) return { source, findings: [] };
    const strangers = unknownKeys(schema, source.options).map(({ key, suggestion }): Finding => {
      return { path: [...at, key], atKey: true, message: 'unknown key', suggestion };
    });
    const options = withAbsolutePaths(schema, source.options, places);
    const own = places.data === undefined ? [] : await withinDataFolder(schema, options, at, places.data);
    const result = await check(schema, options, at, textual);
    if (!result.ok) return { source, findings: [...strangers, ...own, ...result.findings] };
    const hidden = secretTexts(source.name, source.options, schema);
    const checked = { ...source, ...(hidden.length > 0 && { hidden }), options: result.value };
    return { source: checked, findings: [...strangers, ...own] };
  } catch (error) {
    return {
      source,
      findings: [
        {
          path: at,
          atKey: true,
          message: `the plugin ${source.plugin} could not check its options: ${messageOf(error)}`,
        },
      ],
    };
  }
}

/** zod drops the keys it does not know unless the author said strictObject; a misspelt option must show all the same. */
function unknownKeys(
  schema: z.ZodType,
  options: unknown,
): readonly { readonly key: string; readonly suggestion: string | undefined }[] {
  const { def } = schema._zod;
  if (def.type !== 'object' || typeof options !== 'object' || options === null) return [];
  const { shape, catchall } = def as unknown as { readonly shape: object; readonly catchall?: unknown };
  if (catchall !== undefined) return [];
  const known = Object.keys(shape);
  return Object.keys(options)
    .filter((key) => !known.includes(key))
    .map((key) => ({ key, suggestion: closest(key, known) }));
}

function hiddenValues(secrets: Readonly<Record<string, string>>): Readonly<Record<string, Secret>> {
  return Object.fromEntries(Object.entries(secrets).map(([name, text]) => [name, new Secret(text)]));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
