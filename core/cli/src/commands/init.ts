import { cancel, confirm, intro, isCancel, outro, text } from '@clack/prompts';
import { ConfigInvalid } from '@dayfold/runtime';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommonOptions } from '../assembly.ts';
import { print } from '../output.ts';

interface Answers {
  readonly broker: string;
  readonly exist: boolean;
  readonly timezone: string;
}

/** Writes a commented dayfold.yaml; never over an existing one. */
export async function init(options: CommonOptions & { yes?: boolean }): Promise<void> {
  const file = resolve(options.config ?? 'dayfold.yaml');
  if (existsSync(file))
    throw new ConfigInvalid(`${file} exists already and is left as it is; move it away or name another with --config`);
  const defaults: Answers = {
    broker: 'mqtt://localhost:1883',
    exist: true,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  const answers = options.yes === true ? defaults : await questions(defaults);
  if (answers === undefined) return;
  await writeFile(file, starter(answers), { flag: 'wx' });
  print(`Wrote ${file}. Next: "dayfold check", then "dayfold run".`);
}

async function questions(defaults: Answers): Promise<Answers | undefined> {
  intro('A first dayfold.yaml');
  const broker = await text({ message: 'Where is your MQTT broker?', initialValue: defaults.broker });
  if (isCancel(broker)) return stopped();
  const timezone = await text({
    message: 'In which time zone do your days run?',
    initialValue: defaults.timezone,
    validate: (zone) => (isZone(zone ?? '') ? undefined : 'an IANA zone such as Europe/Berlin'),
  });
  if (isCancel(timezone)) return stopped();
  const exist = await confirm({ message: 'Send the values to Exist? (You can begin without.)', initialValue: true });
  if (isCancel(exist)) return stopped();
  outro('Thank you.');
  return { broker, timezone, exist };
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

function starter({ broker, exist, timezone }: Answers): string {
  const lines = [
    'client_id: ${EXIST_CLIENT_ID}          # from https://exist.io/account/apps/',
    'client_secret: ${EXIST_CLIENT_SECRET}',
  ];
  const section = exist
    ? ['exist:', ...lines.map((line) => `  ${line}`)]
    : ['# exist:                 # leave out: local only, nothing is sent', ...lines.map((line) => `#   ${line}`)];
  return `# dayfold: what is measured, and what a day makes of it.
${section.join('\n')}

timezone: ${timezone}
# day_starts: "04:00"      # the small hours belong to the day before

sources:
  home:
    plugin: mqtt
    url: ${broker}
    series:
      # name:       { topic: where it is published, value: where in the payload }
      fridge_door: { topic: zigbee2mqtt/fridge, value: contact }

attributes:
  fridge_opens:
    label: Fridge opens
    group: food
    type: integer
    from: home.fridge_door
    fold: { count_changes: { to: false } }
`;
}
