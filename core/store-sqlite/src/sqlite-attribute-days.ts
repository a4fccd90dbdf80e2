import type { AttributeDay, AttributeDays, DayKey, FoldedDay, Instant, LocalDay, WireValue } from '@dayfold/runtime';
import type { Database } from './database.ts';
import { DayNumbers, firstOf, IN_RANGE, lastOf } from './day-numbers.ts';
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
      this.#database.insert(SETTLED, this.#rowsOf(days, now), SETTLE);
      this.#touched.remove(days.filter(isMarked));
    });
  }

  async get(attribute: string, date: LocalDay): Promise<AttributeDay | undefined> {
    const row = this.#database.get('SELECT * FROM attribute_day WHERE id = ?', this.#numbers.known(attribute, date));
    return row === undefined ? undefined : attributeDayOf(row);
  }

  async list(filter: {
    readonly attribute?: string;
    readonly from?: LocalDay;
    readonly to?: LocalDay;
  }): Promise<readonly AttributeDay[]> {
    const { attribute, from, to } = filter;
    const rows =
      attribute === undefined
        ? this.#database.all(
            `SELECT attribute_day.* FROM attribute JOIN attribute_day ON ${IN_RANGE} ORDER BY name, attribute_day.id`,
            firstOf(from),
            lastOf(to),
          )
        : this.#database.all(
            'SELECT * FROM attribute_day WHERE id BETWEEN ? AND ? ORDER BY id',
            ...this.#numbers.range(attribute, from, to),
          );
    return rows.map(attributeDayOf);
  }

  async count(): Promise<number> {
    return Number(this.#database.get('SELECT count(*) AS n FROM attribute_day')?.['n']);
  }

  async seal(before: LocalDay): Promise<void> {
    this.#database.run('UPDATE attribute_day SET sealed = 1 WHERE date < ?', before);
  }

  async definition(attribute: string): Promise<string | undefined> {
    return this.#database.get('SELECT definition FROM definition WHERE attribute = ?', attribute)?.['definition'] as
      | string
      | undefined;
  }

  async setDefinition(attribute: string, definition: string): Promise<void> {
    this.#database.run('INSERT OR REPLACE INTO definition VALUES (?, ?)', attribute, definition);
  }

  /** A day without readings that never had a value is not worth a row. */
  #rowsOf(days: readonly FoldedDay[], now: Instant): SettledRow[] {
    const rows = new Map<number, SettledRow>();
    for (const { attribute, date, account, wanted, readings, reason } of days) {
      const number = this.#numbers.of(attribute, date);
      if (wanted === undefined && reason === undefined && !rows.has(number) && !this.#isKnown(number)) continue;
      rows.set(number, [number, attribute, date, account, wanted ?? null, readings, reason ?? null, now]);
    }
    return [...rows.values()];
  }

  #isKnown(number: number): boolean {
    return this.#database.get('SELECT 1 FROM attribute_day WHERE id = ?', number) !== undefined;
  }
}

function isMarked(day: FoldedDay): day is FoldedDay & { readonly mark: number } {
  return day.mark !== undefined;
}

/** What one account confirmed or refused says nothing of another. */
const IS_SAME = '(account = excluded.account AND wanted IS excluded.wanted)';

const SETTLED = 'attribute_day (id, attribute, date, account, wanted, readings, reason, changed)';
type SettledRow = [number, string, string, string, WireValue | null, number, string | null, number];

/** What Exist said of a refused value stays until another value is wanted. */
const SETTLE = `
  ON CONFLICT DO UPDATE SET account = excluded.account, wanted = excluded.wanted, readings = excluded.readings,
    reason = iif(${IS_SAME} AND refused, reason, excluded.reason), refused = ${IS_SAME} AND refused,
    changed = iif(${IS_SAME}, changed, excluded.changed), confirmed = iif(account = excluded.account, confirmed, NULL)
  WHERE NOT sealed`;

function attributeDayOf(row: Record<string, unknown>): AttributeDay {
  return {
    attribute: row['attribute'] as string,
    date: row['date'] as LocalDay,
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
