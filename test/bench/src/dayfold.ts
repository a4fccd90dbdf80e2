import { storedReadings } from '@dayfold/store-sqlite';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './places.ts';
import { Subject } from './subject.ts';

const FOLDS = ['mean', 'max', 'min', 'last', 'increase'];
const READY_MS = 120_000;

/** What node is to run. Without `buildDayfold` the sources: whether a case works shows in them too. */
let main = ['--conditions=@dayfold/source', join(ROOT, 'core/cli/src/main.ts')];

/** Builds what is measured: the command as it is published. */
export function buildDayfold(): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`dayfold cannot be built:\n${stdout}${stderr}`);
  main = [join(ROOT, 'core/cli/bin/dayfold.js')];
}

export interface MqttConfiguration {
  readonly brokerPort: number;
  readonly qos: 0 | 1 | 2;
  readonly version?: 4 | 5;
  readonly attributes: number;
  readonly commitEvery?: string;
  readonly keep?: string;
}

/** A home with one wildcard subscription; each attribute is folded from a series of its own. */
export async function mqttConfiguration(options: MqttConfiguration): Promise<{ text: string; webPort: number }> {
  const webPort = await freePort();
  const { brokerPort, qos, version, attributes, commitEvery, keep } = options;
  const lines = [
    'timezone: Europe/Berlin',
    `web: { host: 127.0.0.1, port: ${webPort} }`,
    `journal: { keep: ${keep ?? '35d'}, commit_every: ${commitEvery ?? '5s'} }`,
    'sources:',
    '  home:',
    '    plugin: mqtt',
    `    url: mqtt://127.0.0.1:${brokerPort}`,
    `    qos: ${qos}`,
    ...(version === undefined ? [] : [`    version: ${version}`]),
    '    series:',
    '      "{1}": { topic: bench/+/state, value: temperature }',
    'attributes:',
  ];
  for (let index = 0; index < attributes; index += 1) {
    const series = `home.s${String(index).padStart(5, '0')}`;
    lines.push(
      `  a${index}: { label: A${index}, group: productivity, type: float, from: ${series}, fold: ${FOLDS[index % FOLDS.length]} }`,
    );
  }
  return { text: `${lines.join('\n')}\n`, webPort };
}

export interface Started {
  readonly subject: Subject;
  readonly webPort: number;
}

export function startDayfold(
  folder: string,
  configuration: { text: string; webPort: number },
  flags: readonly string[] = [],
): Started {
  const file = join(folder, 'dayfold.yaml');
  writeFileSync(file, configuration.text);
  const subject = Subject.node([...flags, ...command(folder, 'run')], { place: 'measured', cwd: folder });
  return { subject, webPort: configuration.webPort };
}

/** Arguments for node that run a command of dayfold on the folder of a run. */
export function command(folder: string, name: string, ...rest: readonly string[]): string[] {
  return [...main, name, ...rest, '--config', join(folder, 'dayfold.yaml'), '--data', join(folder, 'data')];
}

/** Resolves once its source runs: before it has subscribed, a broker throws away what is published. */
export async function whenReady({ subject, webPort }: Started): Promise<void> {
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    if (subject.hasEnded) break;
    const metrics = await fetch(`http://127.0.0.1:${webPort}/metrics`).then(
      async (response) => await response.text(),
      () => '',
    );
    if (/^dayfold_source_running\{.*state="running"\} 1$/m.test(metrics)) return;
    await sleep(5);
  }
  throw new Error(`dayfold did not become ready: ${subject.output.slice(-2000)}`);
}

/** Readings that are stored; beside a running daemon too. */
export function storedIn(folder: string): number {
  return storedReadings(join(folder, 'data'));
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
