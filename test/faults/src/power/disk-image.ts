import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dice } from '../dice.ts';
import type { Operation } from './trace.ts';

type Unsynced = Extract<Operation, { readonly kind: 'write' | 'truncate' }>;

const NOTHING: Buffer = Buffer.alloc(0);
/** What a disk writes whole. */
const SECTOR = 512;

/**
 * The files as a power cut leaves them.
 *
 * What was synced is there. What was not may be there, may be missing, or may be there in sectors, in whatever order. A
 * file that was removed is gone: the folder itself is taken to be synced, as a journalling file system keeps its order.
 */
export class DiskImage {
  readonly #synced = new Map<string, Buffer>();
  readonly #unsynced = new Map<string, Unsynced[]>();
  acknowledged = 0;
  /** Grows with each change of what is safe. */
  version = 0;

  /** Nothing is there but what was synced. */
  get isAtRest(): boolean {
    return this.#unsynced.size === 0;
  }

  apply(operation: Operation): void {
    switch (operation.kind) {
      case 'acknowledged':
        this.acknowledged = operation.count;
        return;
      case 'sync': {
        const { file } = operation;
        this.version += 1;
        this.#synced.set(file, this.#with(file, this.#unsynced.get(file) ?? []));
        this.#unsynced.delete(file);
        return;
      }
      case 'remove':
        this.version += 1;
        this.#synced.delete(operation.file);
        this.#unsynced.delete(operation.file);
        return;
      default: {
        const { file } = operation;
        if (!this.#synced.has(file)) {
          this.version += 1;
          this.#synced.set(file, NOTHING);
        }
        const unsynced = this.#unsynced.get(file);
        if (unsynced === undefined) this.#unsynced.set(file, [operation]);
        else unsynced.push(operation);
      }
    }
  }

  /** Writes the files to a folder; with dice, each unsynced sector comes through or not. */
  lay(folder: string, dice: Dice | undefined): void {
    mkdirSync(folder, { recursive: true });
    for (const file of this.#synced.keys()) {
      // The index of the log is made anew by whoever opens it; the lock is nobody's after a power cut.
      if (file.endsWith('-shm') || file.startsWith('lock.')) continue;
      const unsynced = dice === undefined ? [] : (this.#unsynced.get(file) ?? []).flatMap((one) => torn(one, dice));
      writeFileSync(join(folder, file), this.#with(file, unsynced));
    }
  }

  #with(file: string, operations: readonly Unsynced[]): Buffer {
    const bytes = this.#synced.get(file) ?? NOTHING;
    if (operations.length === 0) return bytes;
    // Room for the largest that it is on the way, so that it is copied once.
    const most = Math.max(...operations.map(endOf), bytes.length);
    const grown = Buffer.alloc(most);
    let size = bytes.copy(grown);
    for (const operation of operations) {
      if (operation.kind === 'truncate') grown.fill(0, operation.size, size);
      else operation.bytes.copy(grown, operation.at);
      size = operation.kind === 'truncate' ? operation.size : Math.max(size, endOf(operation));
    }
    return grown.subarray(0, size);
  }
}

function endOf(operation: Unsynced): number {
  return operation.kind === 'truncate' ? operation.size : operation.at + operation.bytes.length;
}

function torn(operation: Unsynced, dice: Dice): Unsynced[] {
  if (operation.kind === 'truncate') return dice.chance(0.5) ? [operation] : [];
  const pieces: Unsynced[] = [];
  for (let from = 0; from < operation.bytes.length; from += SECTOR) {
    if (dice.chance(0.5)) continue;
    pieces.push({ ...operation, at: operation.at + from, bytes: operation.bytes.subarray(from, from + SECTOR) });
  }
  return pieces;
}
