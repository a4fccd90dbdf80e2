import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from './bench-case.ts';
import { mqttConfiguration } from './dayfold.ts';
import { BENCH, ROOT } from './places.ts';
import { Subject } from './subject.ts';

const STORES = join(BENCH, 'stores');
const BUILD_WITHIN_MS = 900_000;

export interface StoreOptions {
  readonly days: number;
  readonly readings: number;
  readonly attributes: number;
}

/** Puts a copy of such a store into the folder of a run. It is made once a day, and anew when dayfold has changed. */
export async function fillStore(run: Run, options: StoreOptions): Promise<void> {
  const readings = run.isQuick ? Math.ceil(options.readings / 100) : options.readings;
  const made = join(STORES, version(), `${options.days}-${readings}-${options.attributes}`);
  if (!existsSync(made)) await makeStore(made, { ...options, readings });
  cpSync(join(made, 'data'), join(run.folder, 'data'), { recursive: true });
}

/** Takes the place of all stores of another day or another dayfold. */
async function makeStore(made: string, { days, readings, attributes }: StoreOptions): Promise<void> {
  for (const name of existsSync(STORES) ? readdirSync(STORES) : [])
    if (name !== version()) rmSync(join(STORES, name), { recursive: true, force: true });
  // What is broken off leaves nothing that looks whole.
  const folder = `${made}.part`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // The address of the broker is no part of what is stored.
  const { text } = await mqttConfiguration({ brokerPort: 1883, qos: 1, attributes, keep: '1000d' });
  writeFileSync(join(folder, 'dayfold.yaml'), text);
  const script = join(import.meta.dirname, 'jobs/build-store.ts');
  const args = ['--conditions=@dayfold/source', script, folder, String(days), String(readings)];
  await using subject = Subject.node(args, { place: 'measured' });
  await subject.message(BUILD_WITHIN_MS);
  await subject.ended();
  renameSync(folder, made);
}

/** Its readings end today, and its form is that of the sources. */
function version(): string {
  const hash = createHash('sha256').update(new Date().toISOString().slice(0, 10));
  for (const folder of ['core/store-sqlite/src', 'core/runtime/src', 'test/bench/src/jobs']) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).sort();
    for (const file of files) if (file.endsWith('.ts')) hash.update(readFileSync(join(ROOT, folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** A start after the machine's: the store is read from the disk. Without GNU's dd it comes from memory. */
export function dropFromCache(folder: string): void {
  const data = join(folder, 'data');
  if (!existsSync(data)) return;
  spawnSync('sync', ['-f', data]);
  for (const file of readdirSync(data)) {
    spawnSync('dd', [`if=${join(data, file)}`, 'iflag=nocache', 'count=0', 'status=none']);
  }
}
