import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hour, Part, Values } from '../part.ts';

interface Row {
  readonly date: string;
  readonly title: string;
  readonly pages: number;
}

/** A table is read when it was quiet for two seconds. */
const STEP_MS = 500;

/**
 * A reading list in CSV that somebody keeps: it grows each day, also for the day before yesterday, values are corrected
 * and rows withdrawn. Saved by renaming on odd days, as editors do, and in place on the others, as spreadsheets do.
 */
export class CsvBooks implements Part {
  readonly sources: Readonly<Record<string, unknown>>;
  readonly attributes = { pages_read: { from: 'books.pages', fold: 'sum' } };
  readonly #folder: string;
  #rows: Row[] = [];

  constructor(folder: string) {
    this.#folder = join(folder, 'books');
    this.sources = {
      books: { plugin: 'file', path: `${this.#folder}/*.csv`, series: { pages: { date: 'Date', value: 'Pages' } } },
    };
  }

  async open(): Promise<void> {
    await mkdir(this.#folder);
  }

  async act(moment: Hour): Promise<void> {
    const { day, dayNumber, hour, start } = moment;
    const rows = this.#rows;
    if (hour === 9) {
      rows.push({ date: day, title: `Dune, part ${dayNumber}`, pages: 20 + dayNumber });
      rows.push({ date: day, title: 'Emma', pages: 7 }, { date: day, title: 'Emma', pages: 7 });
      const late = new Date(start - 36 * 3_600_000).toISOString().slice(0, 10);
      if (dayNumber > 1) rows.push({ date: late, title: 'found later', pages: dayNumber });
    } else if (hour === 15)
      this.#rows = rows.map((row) => (row.date === day && row.pages > 7 ? { ...row, pages: row.pages + 100 } : row));
    else if (hour === 21 && dayNumber % 3 === 0) rows.splice(rows.length - 2, 1);
    else return;
    await this.#save(dayNumber % 2 === 1);
    await moment.interrupt();
    await moment.driver.until(
      async () => {
        const known = await moment.driver.engine('days', { attribute: 'pages_read' });
        return Object.entries(this.#pages()).every(([date, pages]) =>
          known.some((each) => each.date === date && each.wanted === pages),
        );
      },
      `the list saved in hour ${hour} of ${day} is read`,
      STEP_MS,
    );
  }

  truths(): Values {
    return { pages_read: this.#pages() };
  }

  #pages(): Record<string, number> {
    const pages: Record<string, number> = {};
    for (const row of this.#rows) pages[row.date] = (pages[row.date] ?? 0) + row.pages;
    return pages;
  }

  async #save(isRenamed: boolean): Promise<void> {
    const file = join(this.#folder, 'list.csv');
    const lines = this.#rows.map(({ date, title, pages }) => `${date};"${title}";${pages}\n`);
    const text = `Date;Title;Pages\n${lines.join('')}`;
    await writeFile(isRenamed ? `${file}.new` : file, text);
    if (isRenamed) await rename(`${file}.new`, file);
  }
}
