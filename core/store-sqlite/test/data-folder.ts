import type { JournalReading } from '@dayfold/runtime';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A folder of one test, gone with it. */
export class DataFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'dayfold-store-'));
  readonly database = join(this.path, 'dayfold.db');

  /** Digests of the files whose names begin so; without empty ones and the index that SQLite rebuilds. */
  contents(prefix: string): Readonly<Record<string, string>> {
    const names = readdirSync(this.path).filter((name) => name.startsWith(prefix) && !name.endsWith('-shm'));
    return Object.fromEntries(
      names
        .filter((name) => statSync(join(this.path, name)).size > 0)
        .map((name) => [name, digestOf(join(this.path, name))]),
    );
  }

  names(prefix: string): readonly string[] {
    return readdirSync(this.path).filter((name) => name.startsWith(prefix));
  }

  /** Looks into the database past the store. */
  direct<T>(work: (connection: DatabaseSync) => T): T {
    const connection = new DatabaseSync(this.database);
    try {
      return work(connection);
    } finally {
      connection.close();
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function reading(at: number, changes: Partial<JournalReading> = {}): JournalReading {
  return { series: 'home.door', value: at, at, receivedAt: at, ...changes };
}

export function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
