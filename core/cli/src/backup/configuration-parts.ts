import { redactYaml, secretPlaces, secretReference, secretsFileBeside } from '@dayfold/runtime';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { bundledPlugins, configFile } from '../assembly.ts';
import type { CommonOptions } from '../assembly.ts';
import { CONFIGURATION, SECRETS } from './manifest.ts';
import type { Part } from './write-archive.ts';

export interface ConfigurationParts {
  readonly parts: readonly Part[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/** dayfold.yaml and secrets.yaml to the byte; without `secrets` the former with references in their places, the latter not at all. */
export async function configurationParts(options: CommonOptions, secrets: boolean): Promise<ConfigurationParts> {
  let file: string;
  try {
    file = configFile(options);
  } catch {
    return { parts: [], notes: ['no dayfold.yaml was found, so none is in the backup; name it with --config'] };
  }
  const text = await readFile(file, 'utf8');
  const secretsFile = secretsFileBeside(file);
  if (secrets) {
    const kept: Part[] = existsSync(secretsFile)
      ? [{ name: SECRETS, content: await readFile(secretsFile, 'utf8') }]
      : [];
    return { parts: [{ name: CONFIGURATION, content: text }, ...kept], notes: [] };
  }
  const schemas = [...(await bundledPlugins()).values()].map(({ config }) => config);
  const redacted = redactYaml(text, secretPlaces(schemas), secretReference);
  if (redacted === undefined)
    return { parts: [], notes: [`${file} is no valid YAML, so its secrets cannot be told and it is left out`] };
  return {
    parts: [{ name: CONFIGURATION, content: `${HEAD}${redacted.document.toString({ lineWidth: 0 })}` }],
    notes: ['logins, secrets.yaml and comments are left out; secrets in dayfold.yaml became references'],
  };
}

const HEAD = `# From a backup without secrets: put each "!secret name" into secrets.yaml beside this file ("dayfold check" names them).\n`;
