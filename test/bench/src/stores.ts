import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from './bench-case.ts';
import { mqttConfiguration } from './dayfold.ts';
import { BENCH } from './places.ts';
import { Subject } from './subject.ts';

const STORES = join(BENCH, 'stores');

export interface StoreOptions {
  readonly days: number;
  readonly readings: number;
  readonly attributes: number;
}

/** Stores of an earlier run may have another schema. */
export function dropStores(): void {
  rmSync(STORES, { recursive: true, force: true });
}

/** Puts a copy of such a store into the folder of a run. It is made once. */
export async function fillStore(run: Run, options: StoreOptions): Promise<void> {
  const { days, attributes } = options;
  const readings = run.isQuick ? Math.ceil(options.readings / 100) : options.readings;
  const folder = join(STORES, `${days}-${readings}-${attributes}`);
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    // The address of the broker is no part of what is stored.
    const { text } = await mqttConfiguration({ brokerPort: 1883, qos: 1, attributes, keep: '1000d' });
    writeFileSync(join(folder, 'dayfold.yaml'), text);
    const script = join(import.meta.dirname, 'jobs/build-store.ts');
    const args = ['--conditions=@dayfold/source', script, folder, String(days), String(readings)];
    await using subject = Subject.node(args, { place: 'measured' });
    await subject.message();
    await subject.ended();
  }
  cpSync(join(folder, 'data'), join(run.folder, 'data'), { recursive: true });
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
