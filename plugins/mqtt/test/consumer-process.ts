import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Starts `consumer.ts`; resolves when it is connected and subscribed to the topic `n`. */
export async function startConsumer(
  url: string,
  file: string,
  version: number,
  tls: object = {},
): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'consumer.ts'), [url, file, `${version}`, JSON.stringify(tls)], {
    execArgv: ['--conditions=@dayfold/source'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`the consumer ended by itself: ${said}`))),
  ]);
  return child;
}

/** The values its journal holds, in order. */
export function stored(file: string): number[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        const { reading } = JSON.parse(line) as { reading?: { value: number } };
        return reading === undefined ? [] : [reading.value];
      } catch {
        return [];
      }
    });
}
