import {
  credentialsIn,
  HIDDEN,
  readSecrets,
  redactYaml,
  secretPlaces,
  secretsFileBeside,
  tellsWhereabouts,
  withoutCredentials,
} from '@dayfold/runtime';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { Scalar, visit } from 'yaml';
import type { z } from 'zod';

export interface ShownConfiguration {
  /** Without secrets, whereabouts and the labels a person gave. */
  readonly configuration: unknown;
  /** Texts that nothing else written may hold. */
  readonly secrets: readonly string[];
}

/** dayfold.yaml as strangers may see it; references are shown as references. */
export async function shownConfiguration(
  file: string,
  pluginSchemas: Iterable<z.ZodType>,
): Promise<ShownConfiguration> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { configuration: null, secrets: [] };
  const besides = [...(await secretsBeside(file)), ...environment(text)];
  const isSecretPlace = secretPlaces(pluginSchemas);
  const redacted = redactYaml(text, isSecretPlace, (path, written) => {
    const shown = withoutCredentials(written);
    return new Scalar(isSecretPlace(path) || shown === written ? HIDDEN : shown);
  });
  if (redacted === undefined) return { configuration: 'no valid YAML', secrets: [...besides, ...credentialsIn(text)] };
  const { document, secrets } = redacted;
  visit(document, {
    Scalar: (_key, node) => {
      if (node.tag !== '!secret') return;
      node.value = `!secret ${String(node.value)}`;
      delete node.tag;
    },
  });
  const credentials = [...secrets, ...besides].flatMap(credentialsIn);
  return { configuration: withoutPersonal(document.toJS()), secrets: [...secrets, ...besides, ...credentials] };
}

/** Every value of secrets.yaml, used or not. */
async function secretsBeside(file: string): Promise<readonly string[]> {
  const beside = secretsFileBeside(file);
  const text = await readFile(beside, 'utf8').catch(() => '');
  return [...(readSecrets(beside, text).values?.values() ?? [])];
}

function environment(text: string): readonly string[] {
  return [...text.matchAll(/\$\{(\w+)/g)].flatMap(([, name]) => process.env[name ?? ''] ?? []);
}

function withoutPersonal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPersonal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      tellsWhereabouts(key) || key === 'label' ? HIDDEN : withoutPersonal(each),
    ]),
  );
}
