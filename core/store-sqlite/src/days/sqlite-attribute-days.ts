import type { AttributeDay, AttributeDays, DayKey, FoldedDay, Instant, LocalDay, WireValue } from '@dayfold/runtime';
import type { Database } from '../database.ts';
import { dateOf, DAY, dayNumberOf, DayNumbers, firstOf, IN_RANGE, lastOf } from '../numbers/day-numbers.ts';
import type { TouchedMarks } from './touched-marks.ts';

export class SqliteAttributeDays implements AttributeDays {
  readonly #database: Database;
  readonly #numbers: DayNumbers;
  readonly #touched: TouchedMarks;

  constructor(database: Database, touched: TouchedMarks) {
    this.#database = database;
    this.#numbers = new DayNumbers(database);
    this.#touched = touched;
  }

  async touch(days: readonly DayKey[]): Promise<void> {
    this.#database.transaction(() => {
      this.#touched.add(days);
      this.#touched.write();
    });
  }

  async touched(limit: number): Promise<readonly (DayKey & { readonly mark: number })[]> {
    return this.#touched.read(limit);
  }

  async settle(days: readonly FoldedDay[], now: Instant): Promise<void> {
    this.#database.transaction(() => {
      for (const { account, readings, reason, values } of this.#groupsOf(days))
        this.#database.insertValues(SETTLED, values, SETTLE, [account, now, readings, reason]);
      this.#touched.remove(days);
    });
  }

  async get(attribute: string, date: LocalDay): Promise<AttributeDay | undefined> {
    const row = this.#database.get('SELECT * FROM attribute_day WHERE id = ?', this.#numbers.known(attribute, date));
    return row === undefined ? undefined : attributeDayOf(row, attribute);
  }

  async list(filter: {
    readonly attribute?: string;
    readonly from?: LocalDay;
    readonly to?: LocalDay;
  }): Promise<readonly AttributeDay[]> {
    const { attribute, from, to } = filter;
    if (attribute !== undefined) {
      const range = this.#numbers.range(attribute, from, to);
      const rows = this.#database.all('SELECT * FROM attribute_day WHERE id BETWEEN ? AND ? ORDER BY id', ...range);
      return rows.map((row) => attributeDayOf(row, attribute));
    }
    const rows = this.#database.all(
      `SELECT attribute_day.*, name FROM attribute JOIN attribute_day ON ${IN_RANGE} ORDER BY name, attribute_day.id`,
      firstOf(from),
      lastOf(to),
    );
    return rows.map((row) => attributeDayOf(row, row['name'] as string));
  }

  async count(): Promise<number> {
    return Number(this.#database.get('SELECT count(*) AS n FROM attribute_day')?.['n']);
  }

  async seal(before: LocalDay): Promise<void> {
    this.#database.run(`UPDATE attribute_day SET sealed = 1 WHERE ${DAY} < ?`, dayNumberOf(before));
  }

  async definition(attribute: string): Promise<string | undefined> {
    return this.#database.get('SELECT definition FROM definition WHERE attribute = ?', attribute)?.['definition'] as
      | string
      | undefined;
  }

  async setDefinitions(definitions: ReadonlyMap<string, string>): Promise<void> {
    this.#database.transaction(() => {
      for (const [attribute, definition] of definitions)
        this.#database.run('INSERT OR REPLACE INTO definition VALUES (?, ?)', attribute, definition);
    });
  }

  /** A day without readings that never had a value is not worth a row. */
  #groupsOf(days: readonly FoldedDay[]): Iterable<SettledGroup> {
    const groups = new Map<string, SettledGroup>();
    let latest: SettledGroup | undefined;
    let of: string | undefined;
    let start = 0;
    for (const { attribute, date, account, wanted, readings, reason = null } of days) {
      if (attribute !== of) start = this.#numbers.startOf((of = attribute));
      const number = start + dayNumberOf(date);
      if (wanted === undefined && reason === null && !this.#isKnown(number)) continue;
      // Most days of a backfill are like the one before.
      if (latest?.readings !== readings || latest.reason !== reason || latest.account !== account) {
        const key = JSON.stringify([account, readings, reason]);
        latest = groups.get(key);
        if (latest === undefined) groups.set(key, (latest = { account, readings, reason, values: [] }));
      }
      latest.values.push(number, wanted ?? null);
    }
    return groups.values();
  }

  #isKnown(number: number): boolean {
    return this.#database.get('SELECT 1 FROM attribute_day WHERE id = ?', number) !== undefined;
  }
}

/** What one account confirmed or refused says nothing of another. */
const IS_SAME = '(account = excluded.account AND wanted IS excluded.wanted)';

const SETTLED = 'attribute_day (account, changed, readings, reason, id, wanted)';

/** Days that differ in their value alone: less is handed to SQLite for each. */
interface SettledGroup {
  readonly account: string;
  readonly readings: number;
  readonly reason: string | null;
  /** The number of a day and its wanted value, one day behind the other. */
  readonly values: (WireValue | null)[];
}

/** What Exist said of a refused value stays until another value is wanted. */
const SETTLE = `
  ON CONFLICT DO UPDATE SET account = excluded.account, wanted = excluded.wanted, readings = excluded.readings,
    reason = iif(${IS_SAME} AND refused, reason, excluded.reason), refused = ${IS_SAME} AND refused,
    changed = iif(${IS_SAME}, changed, excluded.changed), confirmed = iif(account = excluded.account, confirmed, NULL)
  WHERE NOT sealed`;

function attributeDayOf(row: Record<string, unknown>, attribute: string): AttributeDay {
  return {
    attribute,
    date: dateOf(Number(row['id'])),
    account: row['account'] as string,
    wanted: (row['wanted'] ?? undefined) as WireValue | undefined,
    confirmed: (row['confirmed'] ?? undefined) as WireValue | undefined,
    readings: Number(row['readings']),
    reason: (row['reason'] ?? undefined) as string | undefined,
    refused: row['refused'] === 1,
    sealed: row['sealed'] === 1,
    changedAt: Number(row['changed']),
  };
}
