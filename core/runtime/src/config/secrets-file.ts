import { dirname, join } from 'node:path';
import { readLocatedYaml } from './located-yaml.ts';
import type { Mistake } from './mistakes.ts';

export interface SecretsFile {
  readonly file: string;
  /** Undefined where there is no file. */
  readonly values: ReadonlyMap<string, string> | undefined;
  readonly mistakes: readonly Mistake[];
}

export function secretsFileBeside(file: string): string {
  return join(dirname(file), 'secrets.yaml');
}

/** Names and their texts; numbers keep the digits they were written with. */
export function readSecrets(file: string, text: string): SecretsFile {
  const { value, positions, mistakes } = readLocatedYaml(file, text, ({ value: scalar, source, isSecret }) => {
    if (isSecret) return { mistake: 'a secret cannot stand for another one' };
    if (scalar === null) return { mistake: 'expected the secret as text' };
    return { value: typeof scalar === 'string' ? scalar : (source ?? JSON.stringify(scalar)) };
  });
  const all = [...mistakes];
  const values = new Map<string, string>();
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [name, secret] of Object.entries(value)) {
      if (typeof secret === 'string') values.set(name, secret);
      else if (secret !== undefined)
        all.push({ file, ...positions.at([name]), path: name, message: 'expected the secret as text' });
    }
  } else if (mistakes.length === 0) {
    all.push({
      file,
      line: 1,
      column: 1,
      path: '',
      message: 'expected names and their secrets, one a line: name: secret',
    });
  }
  return { file, values, mistakes: all };
}
