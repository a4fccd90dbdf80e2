import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const CLI = join(import.meta.dirname, '../../src/main.ts');
const CONFIGURATION = `timezone: Etc/UTC
sources:
  home: { plugin: mqtt, url: "mqtt://127.0.0.1", series: { press: { topic: button }, level: { topic: tank } } }
attributes:
  presses: { from: home.press, fold: count, group: activity, type: integer, label: Presses }
  tank: { from: home.level, fold: last, group: activity, type: float, label: Tank }
`;

test('a replay takes what a capture keeps: retained messages by their rule, bytes as they were', async () => {
  const { status, printed } = await replay([
    { time: 1_711_800_000_000, topic: 'button', payload: 'single', retained: true },
    { time: 1_711_800_001_000, topic: 'button', payload: 'single' },
    { time: 1_711_800_002_000, topic: 'button', base64: '/w==' },
    { time: 1_711_800_003_000, topic: 'tank', base64: 'Mi41', retained: true },
  ]);
  expect(status).toBe(0);
  expect(JSON.parse(printed)).toEqual([
    { attribute: 'presses', date: '2024-03-30', value: 1, readings: 1 },
    { attribute: 'tank', date: '2024-03-30', value: 2.5, readings: 1 },
  ]);
});

test('a line that says neither payload nor base64 is named', async () => {
  const { status, printed } = await replay([{ time: 1, topic: 'button' }]);
  expect(status).toBe(2);
  expect(printed).toContain('messages.jsonl:1: expected a line such as');
});

async function replay(messages: readonly object[]): Promise<{ readonly status: number; readonly printed: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'dayfold-replay-'));
  try {
    const [config, recording] = [join(folder, 'dayfold.yaml'), join(folder, 'messages.jsonl')];
    writeFileSync(config, CONFIGURATION);
    writeFileSync(recording, messages.map((message) => JSON.stringify(message)).join('\n'));
    const command = ['--conditions=@dayfold/source', CLI, 'replay', recording, '--json', '--config', config];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = Promise.all([text(child.stdout), text(child.stderr)]);
    const [status] = (await once(child, 'exit')) as [number];
    return { status, printed: (await said).join('') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
