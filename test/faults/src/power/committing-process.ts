import { openSqliteStore } from '@dayfold/store-sqlite';
import { writeSync } from 'node:fs';
import process from 'node:process';

/**
 * Commits reading after reading and says each one that is acknowledged; removes others on the way, and ends well. Some are
 * stored with more than themselves, some alone, which takes another way to the disk.
 */
const [folder = '', count = '0'] = process.argv.slice(2);
const PRUNE_EVERY = 10;
const store = await openSqliteStore({ folder });
for (let at = 1; at <= Number(count); at += 1) {
  const day = { attribute: 'opens', date: '2026-03-29' } as const;
  const reading = { series: 'home.door', value: at, at: Date.UTC(2026, 2, 29) + at, receivedAt: at };
  const old = { series: 'home.old', value: at, at: Date.UTC(2019, 0, 1) + at, receivedAt: at };
  if (at % PRUNE_EVERY === 0) await store.journal.prune(Date.UTC(2020, 0, 1), new Set());
  if (at % 3 === 0)
    await store.journal.commit(
      [{ ...reading, id: `r${at}` }, old],
      [{ source: 'home', key: 'cursor', value: at }],
      () => [day],
    );
  else await store.journal.commit([reading, old], [], () => [day]);
  writeSync(1, `${at}\n`);
}
await store.close();
