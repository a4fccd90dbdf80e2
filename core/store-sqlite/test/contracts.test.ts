import { openMemoryStore, openSqliteStore } from '@dayfold/store-sqlite';
import { storeContract } from '@dayfold/test-contracts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const base = mkdtempSync(join(tmpdir(), 'dayfold-contracts-'));
let opened = 0;

afterAll(() => rmSync(base, { recursive: true }));

storeContract('the store on SQLite', () => {
  opened += 1;
  return openSqliteStore({ folder: join(base, String(opened)) });
});

storeContract('the store on SQLite in memory', async () => openMemoryStore());
