import { connectAsync } from 'mqtt';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { freePort, startAedes } from '../src/brokers.ts';
import { RunningDayfold, dayfold } from '../src/dayfold-command.ts';
import { zoneAtNoon } from '../src/wall-clock.ts';

const FIXTURES = resolve(import.meta.dirname, '../../../../shared/fixtures/mqtt');
/** What is said once at the start, at a connection and at the end, and once for a kind of trouble. */
const MOST_LOG_LINES = 12;
/** Texts by which devices say that they do not know. */
const NO_VALUES = ['unavailable', 'unknown', 'nan', 'nil'];

interface Message {
  readonly topic: string;
  readonly payload: string;
}

test('captures of real devices go through a wildcard subscription without a crash, a hang or a line of log each', async ({
  skip,
}) => {
  skip(!existsSync(FIXTURES), '../shared/fixtures is absent');
  const messages = globSync('**/*.jsonl', { cwd: FIXTURES }).toSorted().flatMap(messagesOf);
  expect(messages.length).toBeGreaterThan(700);
  const folder = await mkdtemp(join(tmpdir(), 'dayfold-fixtures-'));
  await using broker = await startAedes();
  const publisher = await connectAsync(broker.url);
  await writeFile(join(folder, 'dayfold.yaml'), JSON.stringify(configuration(broker.url, await freePort())));
  const daemon = await RunningDayfold.start(folder);
  try {
    const told = messages.filter(({ payload }) => payload !== '');
    const recording: string[] = [];
    for (const { topic, payload } of messages) {
      recording.push(JSON.stringify({ time: Date.now(), topic, payload }));
      await publisher.publishAsync(topic, payload, { qos: 1 });
    }
    await daemon.until(
      async () => (await daemon.control.days({ attribute: 'messages' })).some(({ wanted }) => wanted === told.length),
      `all ${told.length} messages that are not empty are stored`,
    );
    const live = (await daemon.control.days({}))
      .filter(({ wanted }) => wanted !== null)
      .map(({ attribute, date, wanted, readings }) => ({ attribute, date, value: wanted, readings }));
    expect(await daemon.end('SIGTERM')).toBe(0);
    expect(daemon.log.length).toBeLessThan(MOST_LOG_LINES);

    const value = (attribute: string): unknown => live.find((day) => day.attribute === attribute)?.value;
    expect(value('texts')).toBe(new Set(told.map(textOf).filter((text) => !NO_VALUES.includes(text))).size);
    expect(value('battery_min')).toBe(Math.min(...batteriesOf(told)));
    expect(value('battery_max')).toBe(Math.max(...batteriesOf(told)));

    await writeFile(join(folder, 'capture.jsonl'), recording.join('\n'));
    const replayed = JSON.parse(await dayfold(folder, ['replay', 'capture.jsonl', '--json'])) as typeof live;
    expect(replayed.toSorted(inOrder)).toEqual(live.toSorted(inOrder));
  } finally {
    await daemon.end('SIGKILL');
    await publisher.endAsync(true);
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);

function messagesOf(file: string): Message[] {
  return readFileSync(join(FIXTURES, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Partial<Message>)
    .filter((message): message is Message => message.topic !== undefined && !/[+#]/.test(message.topic))
    .map(({ topic, payload }) => ({ topic, payload: payload ?? '' }));
}

/** As JSONata's $string says it: what is JSON without its spaces, what is none as it is. */
function textOf({ payload }: Message): string {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return payload;
  }
}

function batteriesOf(messages: readonly Message[]): number[] {
  return messages.flatMap(({ payload }) => {
    try {
      const { battery } = JSON.parse(payload) as { readonly battery?: unknown };
      return typeof battery === 'number' ? [battery] : [];
    } catch {
      return [];
    }
  });
}

function configuration(url: string, port: number): unknown {
  const custom = { group: 'health', type: 'integer' };
  return {
    timezone: zoneAtNoon(),
    web: { port },
    journal: { commit_every: '20ms' },
    sources: {
      home: {
        plugin: 'mqtt',
        url,
        series: {
          everything: { topic: '#', value: '1' },
          text: { topic: '#', value: '$string($)' },
          'battery_{1}': { topic: '+/#', value: 'battery' },
          battery: { topic: '#', value: 'battery' },
          energy: { topic: '#', value: 'ENERGY.Total', time: 'Time' },
          place: { topic: '#', value: 'lat', time: 'tst' },
        },
      },
    },
    attributes: {
      messages: { ...custom, from: 'home.everything', fold: 'count' },
      texts: { ...custom, from: 'home.text', fold: 'distinct' },
      battery_min: { ...custom, type: 'float', from: 'home.battery', fold: 'min' },
      battery_max: { ...custom, type: 'float', from: 'home.battery', fold: 'max' },
      bridge_batteries: { ...custom, from: 'home.battery_zigbee2mqtt', fold: 'count' },
      energy_total: { ...custom, type: 'float', from: 'home.energy', fold: 'increase' },
      places: { ...custom, from: 'home.place', fold: 'count' },
    },
  };
}

function inOrder(left: { attribute: string; date: string }, right: { attribute: string; date: string }): number {
  return `${left.attribute} ${left.date}` < `${right.attribute} ${right.date}` ? -1 : 1;
}
