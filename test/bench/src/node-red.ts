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

export interface NodeRed {
  start(): Subject;
  /** Messages that its days hold. */
  counted(): Promise<number>;
}

/** mqtt in, json, a function that folds per topic and day, and a request every hour: dayfold's work without its promises. */
export async function prepareNodeRed(folder: string, brokerPort: number, qos: number): Promise<NodeRed> {
  installNodeRed();
  const flow = readFileSync(FLOW, 'utf8').replace('"1883"', `"${brokerPort}"`).replace('"qos": "1"', `"qos": "${qos}"`);
  writeFileSync(join(folder, 'flows.json'), flow);
  const uiPort = await freePort();
  const settings = join(folder, 'settings.cjs');
  writeFileSync(
    settings,
    `module.exports = { flowFile: 'flows.json', uiHost: '127.0.0.1', uiPort: ${uiPort}, telemetry: { enabled: false, updateNotification: false }, logging: { console: { level: 'warn' } } };\n`,
  );
  const main = join(HOME, 'node_modules/node-red/red.js');
  return {
    start: () => Subject.node([main, '--userDir', folder, '--settings', settings], { place: 'measured', cwd: folder }),
    async counted() {
      const response = await fetch(`http://127.0.0.1:${uiPort}/days`);
      const days = (await response.json()) as Readonly<Record<string, { readonly count: number }>>;
      return Object.values(days).reduce((sum, { count }) => sum + count, 0);
    },
  };
}
