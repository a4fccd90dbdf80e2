import type { StoreUnusable } from '@dayfold/runtime';
import { openSqliteStore } from '@dayfold/store-sqlite';
import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { reading } from '../data-folder.ts';

/** Commits while no file may grow, and again when files may; tells how it ended. */
const store = await openSqliteStore({ folder: process.argv[2] ?? '' });
const commit = async (value: string): Promise<void> =>
  await store.journal.commit([reading(1, { value })], [], () => [{ attribute: 'opens', date: '2026-03-29' }]);
const count = async (): Promise<number> => (await store.journal.between('home.door', 0, 9)).length;
const limit = (bytes: string): unknown =>
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);

await commit('first');
limit('100000');
const refused = await commit('long'.repeat(50_000)).then(
  () => undefined,
  (error: unknown) => (error as StoreUnusable).code,
);
const meanwhile = await count();
limit('unlimited');
await commit('long'.repeat(50_000));
const afterwards = await count();
await store.close();
process.stdout.write(JSON.stringify({ refused, meanwhile, afterwards }));
