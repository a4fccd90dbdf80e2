import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ended, Folder, RunningDaemon } from '../command.ts';
import type { Ended } from '../command.ts';
import { freePort } from '../loopback.ts';

test('messages are recorded beside the running daemon until enough came, and replay', async () => {
  await using place = await Folder.with();
  const broker = await configured(place);
  await using daemon = await RunningDaemon.in(place);
  await daemon.untilReady();
  const capture = place.start(['capture', 'home', '--out', 'home.jsonl', '--count', '3']);
  const { status, stdout, stderr } = await publishUntil(ended(capture), broker.port, 'door');
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  expect(stderr).toContain(`3 messages recorded to ${place.file('home.jsonl')}`);
  expect(statSync(place.file('home.jsonl')).mode & 0o777).toBe(0o600);
  const lines = linesOf(readFileSync(place.file('home.jsonl'), 'utf8'));
  expect(lines).toHaveLength(3);
  expect(lines[0]).toEqual({
    time: expect.any(Number) as number,
    topic: 'door',
    payload: expect.stringMatching(/^{"open":\d+}$/) as string,
  });
  const replayed = await place.run(['replay', 'home.jsonl', '--json']);
  expect(JSON.parse(replayed.stdout)).toMatchObject([{ attribute: 'opens', value: 3, readings: 3 }]);
  const again = await place.run(['capture', 'home', '--out', 'home.jsonl']);
  expect(again).toMatchObject({ status: 2, stdout: '' });
  expect(again.stderr).toContain('exists already');
});

test('Ctrl-C ends a recording to standard output with everything that came', async () => {
  await using place = await Folder.with();
  const broker = await configured(place);
  await using daemon = await RunningDaemon.in(place);
  await daemon.untilReady();
  const capture = place.start(['capture', 'home', '--for', '1h']);
  let printed = '';
  capture.stdout?.on('data', (chunk: string) => (printed += chunk));
  let isOver = false;
  const publishing = publishUntil(ended(capture), broker.port, 'door');
  void publishing.then(() => (isOver = true));
  while (!printed.includes('\n') && !isOver) await pause(10);
  capture.kill('SIGINT');
  const { status, stdout, stderr } = await publishing;
  expect(status).toBe(0);
  expect(stderr).toContain(`${linesOf(stdout).length} messages recorded`);
});

test('a source that cannot be captured or reached says so, and no file is made', async () => {
  await using place = await Folder.with();
  await configured(place);
  const cases = [
    { args: ['capture', 'web', '--out', 'f'], status: 2, says: 'the plugin of source web (http) records nothing' },
    { args: ['capture', 'hone'], status: 2, says: 'there is no source "hone"; configured: hub, home, web' },
    { args: ['capture', 'home', '--for', '10'], status: 2, says: '--for: expected a duration' },
    { args: ['capture', 'home', '--count', 'x'], status: 2, says: '--count: expected a number' },
    { args: ['capture', 'home'], status: 1, says: 'refused' },
  ];
  const told = await Promise.all(cases.map(async ({ args }) => await place.run(args)));
  for (const [index, { args, status, says }] of cases.entries())
    expect({ args, ...told[index] }).toEqual({
      args,
      status,
      stdout: '',
      stderr: expect.stringContaining(says) as string,
    });
  expect(existsSync(place.file('f'))).toBe(false);
});

async function configured(place: Folder): Promise<{ readonly port: number }> {
  const port = await freePort();
  await place.write(
    'dayfold.yaml',
    `web: { port: 0 }
sources:
  hub: { plugin: mqtt, broker: { port: ${port} }, series: { none: { topic: none } } }
  home: { plugin: mqtt, url: "mqtt://127.0.0.1:${port}", series: { door: { topic: door, value: open } } }
  web: { plugin: http, url: "http://127.0.0.1", series: { a: { value: a } } }
attributes: { opens: { from: home.door, fold: count, label: Opens, group: activity, type: integer } }
`,
  );
  return { port };
}

/** Publishes again and again, for nobody tells when the recording has begun. */
async function publishUntil(recording: Promise<Ended>, port: number, topic: string): Promise<Ended> {
  let isOver = false;
  void recording.then(() => (isOver = true));
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(packet(0x10, [...text('MQTT'), 4, 2, 0, 60, ...text('publisher')]));
  await once(socket, 'data');
  for (let count = 0; !isOver; count += 1) {
    socket.write(packet(0x30, [...text(topic), ...Buffer.from(`{"open":${count}}`)]));
    await pause(20);
  }
  socket.destroy();
  return await recording;
}

/** MQTT 3.1.1, of less than 128 bytes. */
function packet(type: number, body: readonly number[]): Buffer {
  return Buffer.from([type, body.length, ...body]);
}

function text(value: string): number[] {
  return [0, value.length, ...Buffer.from(value)];
}

function linesOf(recorded: string): unknown[] {
  return recorded
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
