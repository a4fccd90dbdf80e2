import type { AttributeDay, AttributeDays, DayKey, FoldedDay, Instant, LocalDay, WireValue } from '@dayfold/runtime';
import type { Database } from './database.ts';
import type { TouchedMarks } from './touched-marks.ts';

export class SqliteAttributeDays implements AttributeDays {
  readonly #database: Database;
  readonly #touched: TouchedMarks;

  constructor(database: Database, touched: TouchedMarks) {
    this.#database = database;
    this.#touched = touched;
  }

  async touch(days: readonly DayKey[]): Promise<void> {
    this.#database.transaction(() => this.#touched.add(days));
  }

  async touched(limit: number): Promise<readonly (DayKey & { readonly mark: number })[]> {
    return this.#touched.read(limit);
  }

  async settle(days: readonly FoldedDay[], now: Instant): Promise<void> {
    this.#database.transaction(() => {
      for (const day of days) {
        this.#settleOne(day, now);
        if (day.mark !== undefined) this.#touched.remove(day, day.mark);
      }
    });
  }

  async get(attribute: string, date: LocalDay): Promise<AttributeDay | undefined> {
    return this.#get(attribute, date);
  }

  async list(filter: {
    readonly attribute?: string;
    readonly from?: LocalDay;
    readonly to?: LocalDay;
  }): Promise<readonly AttributeDay[]> {
    const { attribute, from = '', to = '9999' } = filter;
    const rows =
      attribute === undefined
        ? this.#database.all(
            'SELECT * FROM attribute_day WHERE date BETWEEN ? AND ? ORDER BY attribute, date',
            from,
            to,
          )
        : this.#database.all(
            'SELECT * FROM attribute_day WHERE attribute = ? AND date BETWEEN ? AND ? ORDER BY date',
            attribute,
            from,
            to,
          );
    return rows.map(attributeDayOf);
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

  #settleOne({ attribute, date, account, wanted, readings, reason }: FoldedDay, now: Instant): void {
    const known = this.#get(attribute, date);
    if (known?.sealed === true) return;
    // A day without readings that never had a value is not worth a row.
    if (known === undefined && wanted === undefined && reason === undefined) return;
    // What one account confirmed or refused says nothing of another.
    const hasMoved = known !== undefined && known.account !== account;
    const isNew = known === undefined || hasMoved || known.wanted !== wanted;
    // What Exist said of a refused value stays until another value is wanted.
    const isRefused = !isNew && known.refused;
    this.#database.run(
      `INSERT INTO attribute_day (attribute, date, account, wanted, readings, reason, changed) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET account = excluded.account, wanted = excluded.wanted, readings = excluded.readings,
         reason = ?, refused = ?, changed = ?, confirmed = iif(?, NULL, confirmed)`,
      attribute,
      date,
      account,
      wanted ?? null,
      readings,
      reason ?? null,
      now,
      (isRefused ? known.reason : reason) ?? null,
      isRefused ? 1 : 0,
      isNew ? now : known.changedAt,
      hasMoved ? 1 : 0,
    );
  }

  #get(attribute: string, date: LocalDay): AttributeDay | undefined {
    const row = this.#database.get('SELECT * FROM attribute_day WHERE attribute = ? AND date = ?', attribute, date);
    return row === undefined ? undefined : attributeDayOf(row);
  }
}

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
