import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { freePort } from './dayfold.ts';
import { BENCH } from './places.ts';
import { Subject } from './subject.ts';

const VERSION = '5.0.7';
const HOME = join(BENCH, 'node-red');
const FLOW = join(import.meta.dirname, 'references/node-red-flow.json');

/** Installs Node-RED once, without the scripts of its packages. */
export function installNodeRed(): void {
  const manifest = join(HOME, 'node_modules/node-red/package.json');
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === VERSION) return;
  mkdirSync(HOME, { recursive: true });
  writeFileSync(join(HOME, 'package.json'), '{ "private": true }\n');
  const npm = process.env['npm_execpath'];
  const [file, first] = npm?.endsWith('.js') === true ? [process.execPath, [npm]] : ['npm', []];
  const { status, stderr } = spawnSync(
    file,
    [...first, 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `node-red@${VERSION}`],
    {
      cwd: HOME,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` },
    },
  );
  if (status !== 0) throw new Error(`Node-RED could not be installed: ${stderr}`);
}

export interface NodeRedOptions {
  readonly brokerPort: number;
  readonly qos: number;
  /** Keeps its session with the broker, and its days on the disk, both as far as Node-RED can. */
  readonly isKept?: boolean;
}

export interface NodeRed {
  start(): Subject;
  /** Messages that its days hold, by topic. */
  counts(): Promise<ReadonlyMap<string, number>>;
}

/** mqtt in, json, a function that folds per topic and day, and a request every hour: dayfold's work without its promises. */
export async function prepareNodeRed(folder: string, { brokerPort, qos, isKept }: NodeRedOptions): Promise<NodeRed> {
  installNodeRed();
  const nodes = JSON.parse(readFileSync(FLOW, 'utf8')) as Record<string, unknown>[];
  for (const node of nodes) {
    if (node['id'] === 'broker') node['port'] = String(brokerPort);
    if (node['id'] === 'in') node['qos'] = String(qos);
    // On MQTT 5 its session ends with the connection.
    if (node['id'] === 'broker' && isKept === true) Object.assign(node, { protocolVersion: '4', cleansession: false });
  }
  writeFileSync(join(folder, 'flows.json'), JSON.stringify(nodes));
  const uiPort = await freePort();
  const settings = join(folder, 'settings.cjs');
  const content = {
    flowFile: 'flows.json',
    uiHost: '127.0.0.1',
    uiPort,
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'warn' } },
    ...(isKept === true ? { contextStorage: { default: { module: 'localfilesystem' } } } : {}),
  };
  writeFileSync(settings, `module.exports = ${JSON.stringify(content)};\n`);
  const main = join(HOME, 'node_modules/node-red/red.js');
  return {
    start: () => Subject.node([main, '--userDir', folder, '--settings', settings], { place: 'measured', cwd: folder }),
    async counts() {
      const response = await fetch(`http://127.0.0.1:${uiPort}/days`);
      const days = (await response.json()) as Readonly<Record<string, { readonly count: number }>>;
      const counts = new Map<string, number>();
      for (const [key, { count }] of Object.entries(days)) {
        const topic = key.split('@')[0] as string;
        counts.set(topic, (counts.get(topic) ?? 0) + count);
      }
      return counts;
    },
  };
}

/** Whether the bench has it already; it is large. */
export function hasNodeRed(): boolean {
  return existsSync(join(HOME, 'node_modules/node-red/package.json'));
}
