import { isCancel, password } from '@clack/prompts';
import { ConfigInvalid } from '@dayfold/runtime';
import { readFile } from 'node:fs/promises';
import process from 'node:process';

/** Whoever finds a backup may guess as often as they like. */
const SHORTEST = 8;

export interface PassphraseOptions {
  readonly passphraseFile?: string;
}

/** From a file, else typed on a terminal (`repeat`: twice, as a typing mistake would lose the backup), else the first line of standard input. */
export async function passphraseOf(options: PassphraseOptions, repeat: boolean): Promise<string> {
  const { passphraseFile } = options;
  const given = await (passphraseFile === undefined
    ? process.stdin.isTTY
      ? typed(repeat)
      : fromInput()
    : fromFile(passphraseFile));
  if (given === '')
    throw new ConfigInvalid(
      'there is no passphrase: give it with --passphrase-file FILE or on standard input, or take --no-secrets when making a backup',
    );
  if (repeat && given.length < SHORTEST)
    throw new ConfigInvalid(`the passphrase needs at least ${SHORTEST} characters`);
  return given;
}

async function typed(repeat: boolean): Promise<string> {
  const first = await asked(
    repeat ? 'Passphrase for this backup (without it nobody can restore it)' : 'Passphrase of this backup',
  );
  if (repeat && first !== (await asked('The same once more')))
    throw new ConfigInvalid('the two passphrases differ; nothing was written');
  return first;
}

async function asked(message: string): Promise<string> {
  const answer = await password({ message, output: process.stderr });
  if (isCancel(answer)) throw new ConfigInvalid('cancelled; nothing was written');
  return answer ?? '';
}

async function fromFile(file: string): Promise<string> {
  try {
    return firstLine(await readFile(file, 'utf8'));
  } catch (error) {
    throw new ConfigInvalid(`--passphrase-file: ${(error as Error).message}`, { cause: error });
  }
}

async function fromInput(): Promise<string> {
  let input = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) input += chunk as string;
  return firstLine(input);
}

function firstLine(text: string): string {
  return /^[^\r\n]*/.exec(text)?.[0] ?? '';
}
