import { ConfigInvalid } from '@dayfold/runtime';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';

const HEADER = '# Secrets of dayfold.yaml. Keep this file to yourself.\n';

/** Adds names to a secrets file, which is readable for its owner alone; what stands in it already is never changed. */
export async function addSecrets(file: string, secrets: Readonly<Record<string, string>>): Promise<void> {
  const text = await textOf(file);
  const document = parseDocument(text ?? HEADER);
  const [broken] = document.errors;
  if (broken !== undefined) throw new ConfigInvalid(`${file} cannot be read as YAML: ${broken.message.split('\n')[0]}`);
  const known = Object.keys(secrets).filter((name) => document.has(name));
  if (known.length > 0) {
    throw new ConfigInvalid(
      `${file} holds ${known.join(' and ')} already and is left as it is; take them out of it, then run "dayfold init" again`,
    );
  }
  for (const [name, secret] of Object.entries(secrets)) document.set(name, secret);
  if (text !== undefined) await chmod(file, 0o600);
  await writeFile(file, document.toString(), { mode: 0o600 });
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
