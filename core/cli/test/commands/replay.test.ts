import { expect, test } from 'vitest';
import { Folder } from '../command.ts';

const YAML = `timezone: Europe/Berlin
sources:
  home: { plugin: mqtt, url: "mqtt://127.0.0.1:1", series: { door: { topic: door, value: open } } }
attributes:
  opens: { from: home.door, fold: { count_changes: { to: true } }, group: food, type: integer, label: Opens }
`;
const line = (time: string, open: boolean): string =>
  JSON.stringify({ time, topic: 'door', payload: JSON.stringify({ open }) });
const RECORDING = [
  line('2026-03-01T08:00:00Z', false),
  '',
  line('2026-03-01T09:00:00Z', true),
  line('2026-03-01T22:30:00Z', false),
  line('2026-03-01T23:30:00Z', true),
].join('\r\n');

test('a recording gives its attribute-days in the days of the user', async () => {
  await using folder = await Folder.with({ 'dayfold.yaml': YAML, 'rec.jsonl': RECORDING });
  const { status, stdout, stderr } = await folder.run(['replay', 'rec.jsonl', '--json']);
  expect([status, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toEqual([
    { attribute: 'opens', date: '2026-03-01', value: 1, readings: 3 },
    { attribute: 'opens', date: '2026-03-02', value: 1, readings: 1 },
  ]);
});

test('a line that is no message is told with its place, a time that is none before anything is read', async () => {
  await using folder = await Folder.with({ 'dayfold.yaml': YAML, 'rec.jsonl': `${RECORDING}\n{"time": 1}\n` });
  const outcomes = await Promise.all([
    folder.run(['replay', 'rec.jsonl']),
    folder.run(['replay', 'rec.jsonl', '--until', 'noon']),
    folder.run(['replay', 'elsewhere.jsonl']),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual([2, 2, 2]);
  const [line, until, missing] = outcomes.map(({ stderr }) => stderr);
  expect(line).toMatch(/^dayfold: rec\.jsonl:6: expected a line such as/);
  expect(until).toContain('"noon" is not a time');
  expect(missing).toContain('there is no file elsewhere.jsonl');
});

const TWO = `timezone: Etc/UTC
sources:
  home: { plugin: mqtt, url: "mqtt://127.0.0.1", series: { press: { topic: button }, level: { topic: tank } } }
attributes:
  presses: { from: home.press, fold: count, group: activity, type: integer, label: Presses }
  tank: { from: home.level, fold: last, group: activity, type: float, label: Tank }
`;

test('a replay takes what a capture keeps: retained messages by their rule, bytes as they were', async () => {
  const messages = [
    { time: 1_711_800_000_000, topic: 'button', payload: 'single', retained: true },
    { time: 1_711_800_001_000, topic: 'button', payload: 'single' },
    { time: 1_711_800_002_000, topic: 'button', base64: '/w==' },
    { time: 1_711_800_003_000, topic: 'tank', base64: 'Mi41', retained: true },
  ];
  await using folder = await Folder.with({
    'dayfold.yaml': TWO,
    'rec.jsonl': messages.map((message) => JSON.stringify(message)).join('\n'),
  });
  const { status, stdout } = await folder.run(['replay', 'rec.jsonl', '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual([
    { attribute: 'presses', date: '2024-03-30', value: 1, readings: 1 },
    { attribute: 'tank', date: '2024-03-30', value: 2.5, readings: 1 },
  ]);
});

test('equal messages of one millisecond count each, as they did when they came', async () => {
  const message = JSON.stringify({ time: 1_711_800_000_000, topic: 'button', payload: 'single' });
  await using folder = await Folder.with({ 'dayfold.yaml': TWO, 'rec.jsonl': [message, message, message].join('\n') });
  const { stdout } = await folder.run(['replay', 'rec.jsonl', '--json']);
  expect(JSON.parse(stdout)).toEqual([{ attribute: 'presses', date: '2024-03-30', value: 3, readings: 3 }]);
});
