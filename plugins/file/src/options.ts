import { byteSize, duration, path } from '@dayfold/sdk';
import { expression, namedFields } from '@dayfold/sdk/picking';
import iconv from 'iconv-lite';
import { z } from 'zod';

const items = expression().optional().meta({
  title: 'Items',
  description: 'Which records a JSON document holds; default: its elements, or those of "items"',
});

const encoding = z
  .string()
  .refine((name) => iconv.encodingExists(name), {
    error: 'expected the name of an encoding such as utf-8, windows-1252 or utf-16le',
  })
  .default('utf-8')
  .meta({ title: 'Encoding', description: 'How the text is encoded; a byte order mark is dropped' });

export const fileOptions = z.strictObject({
  path: z
    .union([path({ readings: true }), z.array(path({ readings: true })).min(1)])
    .meta({ title: 'Path', description: 'A file, a folder or a pattern such as ~/reading/*.csv; or a list of them' }),
  format: z
    .enum(['csv', 'json', 'jsonl'])
    .optional()
    .meta({ title: 'Format', description: 'Default: by the extension of the file' }),
  mode: z.enum(['auto', 'table', 'log']).default('auto').meta({
    title: 'Mode',
    description:
      'table: the file is the whole truth and is read again when it changes; log: lines are only ever added. auto: .jsonl, .ndjson and .log are logs',
  }),
  separator: z
    .string()
    .length(1)
    .optional()
    .meta({ title: 'Separator', description: 'Between the columns of CSV; default: found out' }),
  header: z
    .boolean()
    .default(true)
    .meta({ title: 'Header', description: 'The first row names the columns; without it they are called "1", "2" …' }),
  skip: z.int().min(0).default(0).meta({ title: 'Skip lines', description: 'Lines before the header' }),
  decimal: z.enum(['.', ',']).default('.').meta({ title: 'Decimal sign', description: 'Of numbers in CSV' }),
  encoding,
  items,
  poll: duration({ least: '1s' }).optional().meta({
    title: 'Poll',
    description: 'Look in this interval instead of waiting for the system to tell; for network drives',
  }),
  quiet: duration({ least: '100ms' })
    .prefault('2s')
    .meta({ title: 'Quiet time', description: 'A table is read when it has not changed for so long' }),
  max_file: byteSize().optional().meta({ title: 'Largest file', description: 'Larger files are refused' }),
  series: z
    .record(z.string().min(1), z.strictObject({ items, ...namedFields }))
    .meta({ title: 'Series', description: 'What to pick from each row or item; a column is named as in the header' }),
});

export type FileOptions = z.output<typeof fileOptions>;
/** Rotation adds a number. */
const LOG = /\.(?:jsonl|ndjson|log)(?:\.\d+)?$/i;

export type Format = 'csv' | 'json' | 'jsonl';

export function formatOf(file: string, options: FileOptions): Format {
  if (options.format !== undefined) return options.format;
  if (/\.json$/i.test(file)) return 'json';
  return LOG.test(file) ? 'jsonl' : 'csv';
}

export function isLog(file: string, options: FileOptions): boolean {
  if (options.mode !== 'auto') return options.mode === 'log';
  return LOG.test(file);
}
