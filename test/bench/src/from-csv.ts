import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender, Figures, Run } from './bench-case.ts';
import { command, storedIn } from './dayfold.ts';
import { memoryOf, Subject } from './subject.ts';

/** Values of a day, each in a column of its own. */
const COLUMNS = 50;
const FIRST = Date.UTC(2016, 0, 1);
const DAY_MS = 24 * 3_600_000;
const LOOK_MS = 20;

/** `rows` days of 50 columns. */
export function dayfoldOnCsv(name: string, rows: number): Contender {
  return {
    name,
    run: async (run) => {
      const count = rowsOf(run, rows);
      writeTable(run.folder, count);
      writeFileSync(join(run.folder, 'dayfold.yaml'), configuration());
      const from = performance.now();
      await using subject = Subject.node(command(run.folder, 'run', '--once'), { place: 'measured' });
      const peakMb = await peakOf(subject);
      const seconds = (performance.now() - from) / 1000;
      const stored = storedIn(run.folder);
      if (stored !== count * COLUMNS) throw new Error(`${stored} values are stored of ${count * COLUMNS}`);
      return { per_second: (count * COLUMNS) / seconds, peak_mb: peakMb };
    },
  };
}

export function csvParse(name: string, rows: number): Contender {
  return readBy('parse-csv.ts', name, rows);
}

/** csv-parse, and its numbers kept by bare node:sqlite in the form that dayfold keeps them. */
export function csvKept(name: string, rows: number): Contender {
  return readBy('keep-csv.ts', name, rows);
}

function readBy(job: string, name: string, rows: number): Contender {
  return {
    name,
    run: async (run) => {
      const count = rowsOf(run, rows);
      const file = writeTable(run.folder, count);
      const from = performance.now();
      const script = join(import.meta.dirname, 'jobs', job);
      await using subject = Subject.node([script, run.folder, file, String(count)], { place: 'measured' });
      const figures = await subject.message<Figures>();
      return { per_second: (count * COLUMNS * 1000) / (performance.now() - from), ...figures };
    },
  };
}

function rowsOf({ isQuick }: Run, rows: number): number {
  return isQuick ? Math.ceil(rows / 20) : rows;
}

function writeTable(folder: string, rows: number): string {
  const file = join(folder, 'days.csv');
  const names = Array.from({ length: COLUMNS }, (_, column) => `V${column}`);
  const lines = Array.from({ length: rows }, (_, row) => {
    const values = names.map((_name, column) => ((row * 31 + column * 17) % 1000) / 10);
    return [new Date(FIRST + row * DAY_MS).toISOString().slice(0, 10), ...values].join(',');
  });
  writeFileSync(file, `${['Date', ...names].join(',')}\n${lines.join('\n')}\n`);
  return file;
}

function configuration(): string {
  const columns = Array.from({ length: COLUMNS }, (_, column) => column);
  return [
    'timezone: Europe/Berlin',
    'sources:',
    '  table:',
    '    plugin: file',
    '    path: days.csv',
    '    series:',
    ...columns.map((column) => `      v${column}: { date: Date, value: V${column} }`),
    'attributes:',
    ...columns.map(
      (column) =>
        `  a${column}: { label: A${column}, group: productivity, type: float, from: table.v${column}, fold: sum }`,
    ),
    '',
  ].join('\n');
}

/** The most it ever held, looked at until it ends well. */
async function peakOf(subject: Subject): Promise<number> {
  let peakMb = 0;
  const timer = setInterval(() => {
    try {
      peakMb = memoryOf(subject.pid).peakMb || peakMb;
    } catch {
      // It has just ended.
    }
  }, LOOK_MS);
  const status = await subject.ended();
  clearInterval(timer);
  if (status !== 0) throw new Error(`dayfold ended with ${status}: ${subject.output.slice(0, 1000)}`);
  return peakMb;
}
