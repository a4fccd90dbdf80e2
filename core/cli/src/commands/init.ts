import { cancel, confirm, intro, isCancel, outro, password, text } from '@clack/prompts';
import { ConfigInvalid } from '@dayfold/runtime';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import type { CommonOptions } from '../assembly.ts';
import { print } from '../output.ts';
import { brokerMistake } from './broker-address.ts';
import { addSecrets } from './secrets-entry.ts';
import { CLIENT_ID, CLIENT_SECRET, starter } from './starter.ts';
import type { Answers } from './starter.ts';

/** Writes a commented dayfold.yaml; never over an existing one. */
export async function init(options: CommonOptions & { yes?: boolean }): Promise<void> {
  const file = resolve(options.config ?? 'dayfold.yaml');
  checkPlace(file);
  const defaults: Answers = {
    broker: 'mqtt://localhost:1883',
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  const answers = options.yes === true ? defaults : await questions(defaults);
  if (answers === undefined) return;
  const written = await writeStarter(file, answers);
  const next = answers.client === undefined ? '' : ', then "dayfold connect" in another terminal';
  print(`Wrote ${written.join(' and ')}. Next: "dayfold check --connect", then "dayfold run"${next}.`);
}

/** Answers with the files that it wrote. The secrets come first: what names them must find them. */
export async function writeStarter(file: string, answers: Answers): Promise<readonly string[]> {
  checkPlace(file);
  const mistake = brokerMistake(answers.broker);
  if (mistake !== undefined) throw new ConfigInvalid(`the broker: ${mistake}`);
  const secrets = join(dirname(file), 'secrets.yaml');
  const { client } = answers;
  if (client !== undefined) await addSecrets(secrets, { [CLIENT_ID]: client.id, [CLIENT_SECRET]: client.secret });
  await writeFile(file, starter(answers), { flag: 'wx' });
  return client === undefined ? [file] : [file, secrets];
}

function checkPlace(file: string): void {
  if (existsSync(file))
    throw new ConfigInvalid(`${file} exists already and is left as it is; move it away or name another with --config`);
  if (!existsSync(dirname(file)))
    throw new ConfigInvalid(`there is no folder ${dirname(file)}; make it first, or name another file with --config`);
}

async function questions(defaults: Answers): Promise<Answers | undefined> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new ConfigInvalid('the questions of "dayfold init" need a terminal; "dayfold init --yes" asks nothing');
  intro('A first dayfold.yaml');
  const broker = await text({
    message: 'Where is your MQTT broker?',
    initialValue: defaults.broker,
    validate: (given) => brokerMistake(given ?? ''),
  });
  if (isCancel(broker)) return stopped();
  const timezone = await text({
    message: 'In which time zone do your days run?',
    initialValue: defaults.timezone,
    validate: (zone) => (isZone(zone ?? '') ? undefined : 'an IANA zone such as Europe/Berlin'),
  });
  if (isCancel(timezone)) return stopped();
  const exist = await confirm({
    message: 'Send the values to Exist? It takes a client of https://exist.io/account/apps/; you can add it later.',
    initialValue: false,
  });
  if (isCancel(exist)) return stopped();
  const client = exist ? await clientQuestions() : undefined;
  if (client === CANCELLED) return stopped();
  outro('Thank you.');
  return { broker: broker.trim(), timezone, ...(client === undefined ? {} : { client }) };
}

const CANCELLED = Symbol('cancelled');

async function clientQuestions(): Promise<Answers['client'] | typeof CANCELLED> {
  const isGiven = (given: string | undefined) => ((given ?? '').trim() === '' ? 'it stands at your client' : undefined);
  const id = await text({ message: 'Client id', validate: isGiven });
  if (isCancel(id)) return CANCELLED;
  const secret = await password({ message: 'Client secret', validate: isGiven });
  if (isCancel(secret)) return CANCELLED;
  return { id: id.trim(), secret: secret.trim() };
}

function stopped(): undefined {
  cancel('Nothing was written.');
  return undefined;
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}
