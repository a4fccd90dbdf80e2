import { itemsOf, parseJson } from '@dayfold/sdk/picking';
import iconv from 'iconv-lite';
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { LARGEST_DOCUMENT, LONGEST_LINE, LONGEST_RECORD, MOST_COLUMNS, tooWide } from './bounds.ts';
import { Columns, separatorOf } from './csv-layout.ts';
import { CsvRow } from './csv-row.ts';
import { formatOf } from './options.ts';
import type { FileOptions } from './options.ts';
import { shortened } from './row.ts';
import type { Row } from './row.ts';

/** Nothing else runs while one is taken apart: the worst of them, all separators, takes a tenth of a second. */
const CHUNK_BYTES = 64 * 1024;

/** The file is not, or not yet, what it should be: what was read from it before stays. */
export class Unreadable extends Error {}

/** Rows of a whole file, read through an open handle so that a replacement cannot mix in. */
export function tableRows(
  handle: FileHandle,
  file: string,
  options: FileOptions,
  onProgress: (bytes: number) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Row> {
  const format = formatOf(file, options);
  if (format === 'csv') return csvRows(handle, options, onProgress, signal);
  if (format === 'jsonl') return jsonLines(textOf(handle, options, onProgress), options);
  return documentRows(handle, options);
}

async function* csvRows(
  handle: FileHandle,
  options: FileOptions,
  onProgress: (bytes: number) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Row> {
  const { parse } = await import('csv-parse');
  const separator = options.separator ?? (await separatorIn(handle, options));
  const broken: Row[] = [];
  let line = options.skip;
  let unclosed = false;
  const parser = parse({
    delimiter: separator,
    info: true,
    bom: true,
    from_line: options.skip + 1,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: LONGEST_RECORD,
    on_skip: (error) => {
      unclosed ||= error?.code === 'CSV_MAX_RECORD_SIZE' || error?.code === 'CSV_QUOTE_NOT_CLOSED';
      const at = (error as { lines?: number } | undefined)?.lines ?? line + 1;
      broken.push({ place: `line ${at}`, broken: error?.message ?? 'not CSV', sample: '' });
      return undefined;
    },
  });
  const text = withShortLines(textOf(handle, options, onProgress));
  pipeline(text, parser, signal === undefined ? {} : { signal }).catch(() => undefined);
  const columns = new Columns(options.header);
  for await (const row of parser as AsyncIterable<{ info: { lines: number }; record: string[] }>) {
    if (unclosed) break;
    if (row.record.length > MOST_COLUMNS) throw new Unreadable(`line ${row.info.lines}: ${tooWide(row.record.length)}`);
    while (broken.length > 0) yield broken.shift() as Row;
    line = row.info.lines;
    const names = columns.namesOf(row.record);
    if (names !== undefined) yield new CsvRow({ names, values: row.record }, `line ${line}`, separator);
  }
  // Everything behind such a quote is swallowed; fewer rows must not pass for the whole table.
  if (unclosed) throw new Unreadable(`a quote that opens in line ${line + 1} is not closed (half written?)`);
  yield* broken;
}

/** Of the parser's own bound separators are no part: what is to be divided must be short before it comes there. */
async function* withShortLines(text: AsyncIterable<string>): AsyncGenerator<string> {
  let length = 0;
  for await (const chunk of text) {
    const first = chunk.search(/[\r\n]/);
    length += first === -1 ? chunk.length : first;
    if (length > LONGEST_RECORD) throw new Unreadable('a line is longer than 1 MB');
    if (first !== -1) length = chunk.length - 1 - Math.max(chunk.lastIndexOf('\n'), chunk.lastIndexOf('\r'));
    yield chunk;
  }
}

async function separatorIn(handle: FileHandle, options: FileOptions): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, 0);
  return separatorOf(iconv.decode(buffer.subarray(0, bytesRead), options.encoding));
}

async function* jsonLines(text: AsyncIterable<string>, options: FileOptions): AsyncGenerator<Row> {
  let number = 0;
  for await (const line of linesOf(text)) {
    number += 1;
    if (number > options.skip && line.trim() !== '') yield* jsonRow(line, `line ${number}`, options);
  }
}

/** The records of one JSON line: one for every series, or those a series names by its own `items`. */
export async function* jsonRow(line: string, place: string, options: FileOptions): AsyncGenerator<Row> {
  const sample = shortened(line.trim());
  let document: unknown;
  try {
    document = parseJson(line);
  } catch (error) {
    const { message } = error as Error;
    yield { place, broken: error instanceof SyntaxError ? `not JSON: ${message}` : message, sample };
    return;
  }
  const hasItems =
    options.items !== undefined || Object.values(options.series).some(({ items }) => items !== undefined);
  if (!hasItems) yield { place, record: document, sample };
  else yield* itemRows(document, options, place);
}

async function* documentRows(handle: FileHandle, options: FileOptions): AsyncGenerator<Row> {
  const { size } = await handle.stat();
  if (size > LARGEST_DOCUMENT)
    throw new Unreadable(
      `${Math.round(size / 1e6)} MB are too much for one JSON document; write JSON Lines (format: jsonl)`,
    );
  const text = iconv.decode(await handle.readFile(), options.encoding);
  let document: unknown;
  try {
    document = parseJson(text);
  } catch (error) {
    const { message } = error as Error;
    throw new Unreadable(error instanceof SyntaxError ? `not JSON (half written?): ${message}` : message);
  }
  yield* itemRows(document, options, 'item');
}

async function* itemRows(document: unknown, options: FileOptions, place: string): AsyncGenerator<Row> {
  const own = Object.entries(options.series).filter(([, { items }]) => items !== undefined);
  const shared = Object.entries(options.series).filter(([, { items }]) => items === undefined);
  const cuts = [
    ...shared.map(([series]) => ({ series, items: options.items })),
    ...own.map(([series, { items }]) => ({ series, items })),
  ];
  for (const { series, items } of cuts) {
    try {
      for (const [index, record] of (await itemsOf(items)(document)).entries()) {
        yield { place: `${place} ${index + 1}`, record, sample: shortened(JSON.stringify(record) ?? ''), series };
      }
    } catch (error) {
      yield { place, broken: (error as Error).message, sample: '', series };
    }
  }
}

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let begun: string[] = [];
  let length = 0;
  for await (const chunk of text) {
    const lines = chunk.split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      yield begun.join('') + line;
      [begun, length] = [[], 0];
    }
    begun.push(last);
    length += last.length;
    // A line without end is not JSON Lines; keeping it would fill the memory.
    if (length > LONGEST_LINE) throw new Unreadable('a line is longer than 16 MB');
  }
  if (length > 0) yield begun.join('');
}

async function* textOf(
  handle: FileHandle,
  options: FileOptions,
  onProgress: (bytes: number) => void,
): AsyncGenerator<string> {
  const decoder = iconv.getDecoder(options.encoding);
  const stream: Readable = handle.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES });
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    onProgress(bytes);
    const text = decoder.write(chunk);
    if (text !== '') yield text;
  }
  const last = decoder.end();
  if (last !== undefined && last !== '') yield last;
}
