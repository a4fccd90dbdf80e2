import { startExistTwin } from '@dayfold/exist-twin';
import { connectAsync } from 'mqtt';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../src/brokers.ts';
import { RunningDayfold, dayfold } from '../src/dayfold-command.ts';
import { zoneAtNoon } from '../src/wall-clock.ts';

/** Nothing is still in hand when an answer says that it is stored. */
const PUSHES = 20;

test('the command as anyone runs it: hosted broker, views, a sync, a good end, and kill -9 without a loss', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dayfold-command-'));
  await using twin = await startExistTwin({ timezone: zoneAtNoon() });
  const [brokerPort, webPort] = [await freePort(), await freePort()];
  await writeFile(join(folder, 'dayfold.yaml'), configuration(brokerPort, webPort, twin.url));
  const token = JSON.stringify(twin.issueToken({ scopes: ['food_write', 'activity_write'] }));
  await dayfold(folder, ['connect', '--token'], token);
  const json = async (...args: string[]): Promise<unknown> => JSON.parse(await dayfold(folder, [...args, '--json']));
  const push = async (number: number): Promise<number> => {
    const body = JSON.stringify({ id: number, floors: 1 });
    const headers = { 'x-token': 'ring-secret' };
    return (await fetch(`http://127.0.0.1:${webPort}/in/ring`, { method: 'POST', headers, body })).status;
  };
  const floors = async (daemon: RunningDayfold): Promise<number> =>
    (await daemon.control.days({ attribute: 'floors' })).reduce((sum, { wanted }) => sum + Number(wanted), 0);

  const first = await RunningDayfold.start(folder);
  try {
    const home = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`);
    for (const contact of [true, false, true, false, true])
      await home.publishAsync('zigbee2mqtt/fridge', JSON.stringify({ contact }), { qos: 1 });
    await home.endAsync();
    const opens = async (): Promise<number> =>
      (await first.control.days({ attribute: 'fridge_opens' })).reduce((sum, { wanted }) => sum + Number(wanted), 0);
    await first.until(async () => (await opens()) === 2, 'the openings are folded');

    const [day] = (await json('days', 'fridge_opens')) as { readonly date: string; readonly wanted: number }[];
    expect(await json('status')).toMatchObject({
      running: true,
      sources: [
        { name: 'home', state: 'running', readings: 5 },
        { name: 'ring', state: 'running' },
      ],
      accounts: [{ name: 'me', connected: true }],
      problems: [],
    });
    const explained = (await json('explain', 'fridge_opens', day?.date ?? '')) as { readonly readings: object[] };
    expect(explained).toMatchObject({ attribute: 'fridge_opens', value: day?.wanted });
    expect(explained.readings).toHaveLength(5);
    expect(await json('plan')).toMatchObject({ account: 'me', requests: expect.any(Array) as unknown });
    expect(await json('sync')).toMatchObject([{ account: 'me', failed: 0 }]);
    expect(twin.values()['fridge_opens']).toEqual({ [day?.date ?? '']: day?.wanted });
    expect(await json('days', 'fridge_opens')).toMatchObject([{ wanted: 2, confirmed: 2, state: 'confirmed' }]);
  } finally {
    expect(await first.end('SIGTERM')).toBe(0);
  }

  const second = await RunningDayfold.start(folder);
  const answers = await Promise.all(Array.from({ length: PUSHES }, (_, number) => push(number)));
  expect(await second.end('SIGKILL')).toBeUndefined();
  expect(answers).toEqual(answers.map(() => 202));
  const third = await RunningDayfold.start(folder);
  try {
    expect(await floors(third)).toBe(PUSHES);
    // The sender cannot know and sends the last one again.
    expect(await push(PUSHES - 1)).toBe(202);
    expect(await floors(third)).toBe(PUSHES);
  } finally {
    expect(await third.end('SIGTERM')).toBe(0);
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);

function configuration(brokerPort: number, webPort: number, exist: string): string {
  return `
exist: { url: "${exist}", client_id: demo, client_secret: demo-secret }
timezone: ${zoneAtNoon()}
web: { port: ${webPort} }
journal: { commit_every: 50ms }
sources:
  home:
    plugin: mqtt
    broker: { port: ${brokerPort} }
    series:
      fridge_door: { topic: zigbee2mqtt/fridge, value: contact }
  ring:
    plugin: webhook
    name: ring
    token: ring-secret
    series:
      floors: { value: floors, id: $string(id) }
attributes:
  fridge_opens: { label: Fridge opens, group: food, type: integer, from: home.fridge_door, fold: { count_changes: { to: false } } }
  floors: { from: ring.floors, fold: sum }
`;
}
