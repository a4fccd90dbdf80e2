import type { Instant, LocalDay, Touches } from '@dayfold/runtime';
import type { MirrorResult } from '@dayfold/sdk';
import type { Database } from '../database.ts';
import type { TouchedMarks } from '../days/touched-marks.ts';
import { dateAt } from '../numbers/dates.ts';
import type { SeriesNumbers } from '../numbers/series-numbers.ts';
import type { DatedPages } from './dated-pages.ts';
import { pageDifference } from './page-differences.ts';
import type { StagedPages } from './staged-pages.ts';

/** Pages looked for at once. */
const PORTION = 100;

/** Makes the dated pages of a table those that are staged; a page that stays as it is is not written. */
export class PageMirror {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  readonly #pages: DatedPages;
  readonly #touched: TouchedMarks;

  constructor(database: Database, series: SeriesNumbers, pages: DatedPages, touched: TouchedMarks) {
    this.#database = database;
    this.#series = series;
    this.#pages = pages;
    this.#touched = touched;
  }

  /** Inside a transaction. */
  settle(table: number, staged: StagedPages, received: Instant, touches: Touches): MirrorResult {
    const result = { added: 0, withdrawn: 0, unchanged: 0 };
    for (const page of staged.pages()) {
      const { added, gone, unchanged, days } = pageDifference(this.#pages.body(page), page.body);
      result.added += added;
      result.withdrawn += gone;
      result.unchanged += unchanged;
      if (added + gone === 0) continue;
      this.#touch(page.series, days, touches);
      this.#pages.put(page, received);
    }
    for (const page of this.#gone(table)) {
      const { gone, days } = pageDifference(this.#pages.body(page), undefined);
      result.withdrawn += gone;
      this.#touch(page.series, days, touches);
      this.#pages.remove(page);
    }
    return result;
  }

  #touch(id: number, days: Iterable<Instant>, touches: Touches): void {
    const series = this.#series.nameOf(id);
    for (const at of days) {
      const date = dateAt(at) as LocalDay;
      // The other dates touch the same attributes, each on its own day.
      for (const { attribute } of touches({ series, at, date })) this.#touched.addMidnights(attribute, days);
      return;
    }
  }

  /** Of a series and stretch of which nothing came. */
  *#gone(table: number): Generator<{ readonly series: number; readonly stretch: number; readonly table: number }> {
    for (;;) {
      const keys = this.#database.lists(
        `SELECT series, stretch FROM dated_page WHERE origin = ?1 AND NOT EXISTS
           (SELECT 1 FROM staged_page WHERE origin = ?1 AND staged_page.series = dated_page.series
              AND staged_page.stretch = dated_page.stretch) LIMIT ${PORTION}`,
        table,
      ) as [number, number][];
      if (keys.length === 0) return;
      for (const [series, stretch] of keys) yield { series, stretch, table };
    }
  }
}
