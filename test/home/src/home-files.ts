import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pseudoRandom } from './pseudo-random.ts';

const DAY_MS = 86_400_000;
const DAYS = 7;

/** Writes the reading list of the week that ends on `date` as books.csv; resolves with the pages of each date in it. */
export async function writeHomeFiles(folder: string, date: string): Promise<ReadonlyMap<string, number>> {
  const last = Date.parse(`${date}T00:00:00Z`);
  const rows = Array.from({ length: DAYS }, (_, index): [string, number] => {
    const at = last - (DAYS - 1 - index) * DAY_MS;
    return [new Date(at).toISOString().slice(0, 10), 5 + Math.floor(pseudoRandom(at / DAY_MS)() * 60)];
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'books.csv'), `Date,Pages\n${rows.map((row) => row.join(',')).join('\n')}\n`);
  return new Map(rows);
}
