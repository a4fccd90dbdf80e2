import type { JournalReading, LocalDay } from '@dayfold/runtime';
import { openSqliteStore } from '@dayfold/store-sqlite';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Secret } from '@dayfold/runtime';

const DAY_MS = 86_400_000;
const ATTRIBUTES = ['steps', 'water', 'desk', 'doors', 'power', 'pages'];

export interface Contents {
  readonly days: string;
  readonly ledger: string;
  readonly journal: string;
  readonly readings: number;
  readonly token: string;
}

/** A year of attribute-days, their ledger and a login, and so many readings of the last month. */
export async function makeYear(folder: string, readings: number): Promise<Contents> {
  const now = Date.now();
  {
    await using store = await openSqliteStore({ folder });
    const days = Array.from(
      { length: 366 },
      (_, ago) => new Date(now - ago * DAY_MS).toISOString().slice(0, 10) as LocalDay,
    );
    for (const attribute of ATTRIBUTES) {
      await store.attributeDays.settle(
        days.map((date, ago) => ({ attribute, date, account: 'me', wanted: (ago * 7919) % 10_007, readings: 96 })),
        now,
      );
    }
    const since = now - 366 * DAY_MS;
    await store.ledger.put(
      ATTRIBUTES.map((attribute) => ({
        account: 'me',
        attribute,
        name: `${attribute}_at_exist`,
        state: 'owned',
        since,
        reacquiredAt: undefined,
        reason: undefined,
      })),
    );
    await store.tokens.put({
      account: 'me',
      accessToken: new Secret('access'),
      refreshToken: new Secret('refresh'),
      expiresAt: now + 100 * DAY_MS,
      scopes: ['activity_write'],
      refreshIntentAt: undefined,
      dead: false,
      username: 'anna',
      timezone: 'Europe/Berlin',
      connectedAt: since,
    });
    for (let from = 0; from < readings; from += 5000) {
      const length = Math.min(5000, readings - from);
      await store.journal.commit(
        Array.from({ length }, (_, index) => reading(from + index, readings, now)),
        [],
        () => [],
      );
    }
  }
  return await contentsOf(folder);
}

/** Of what `makeYear` made, whatever came in beside it. */
export async function contentsOf(folder: string): Promise<Contents> {
  await using store = await openSqliteStore({ folder, readOnly: true });
  const kept = await Promise.all(
    ATTRIBUTES.map(async (name) => store.journal.between(`home.${name}`, 0, Number.POSITIVE_INFINITY)),
  );
  using database = new DatabaseSync(join(folder, 'dayfold.db'), { readOnly: true });
  const rows = (sql: string): string => digest(database.prepare(sql).iterate());
  const year = ATTRIBUTES.map((name) => `'${name}'`).join(', ');
  return {
    days: rows(
      `SELECT name, attribute_day.id % 4194304 AS day, account, wanted, confirmed, readings, reason, refused, sealed, changed
       FROM attribute_day JOIN attribute ON attribute.id = attribute_day.id / 4194304 WHERE name IN (${year}) ORDER BY name, day`,
    ),
    ledger: rows('SELECT * FROM ledger ORDER BY attribute'),
    journal: digest(kept.flat()),
    readings: kept.flat().length,
    token: String(database.prepare('SELECT document FROM token').get()?.['document']),
  };
}

function digest(things: Iterable<object>): string {
  const hash = createHash('sha256');
  for (const thing of things) hash.update(JSON.stringify(Object.values(thing)));
  return hash.digest('hex');
}

/** Digits that do not compress away. */
function reading(index: number, of: number, now: number): JournalReading {
  const at = Math.round(now - 30 * DAY_MS + (index * 29 * DAY_MS) / of);
  const value = createHash('md5').update(String(index)).digest().readUInt32LE() / 1000;
  return { series: `home.${ATTRIBUTES[index % ATTRIBUTES.length]}`, value, at, receivedAt: at };
}
