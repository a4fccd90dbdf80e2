import { openSqliteStore } from '@dayfold/store-sqlite';
import process from 'node:process';
import { told } from './told.ts';

/** Records one answer of Exist after the other and says each that is recorded; ends only by being killed. */
const [folder = '', from = '1'] = process.argv.slice(2);
const store = await openSqliteStore({ folder });
for (let value = Number(from); ; value += 1) {
  const day = { attribute: 'steps', date: '2026-03-29' } as const;
  const request = { account: 'me', at: value, endpoint: 'update', items: 1, outcome: 'ok', ms: 1 };
  await store.changes.together([
    { kind: 'request', request },
    { kind: 'sent', account: 'me', items: [{ ...day, value, at: value, outcome: 'confirmed' }] },
    { kind: 'confirm', account: 'me', items: [{ ...day, value }], now: value },
    { kind: 'keep', scope: 'dayfold', key: 'writing.me', value },
  ]);
  await told(value);
}
