import { ConfigInvalid } from '@dayfold/sdk';
import type { Reading } from '@dayfold/sdk';
import iconv from 'iconv-lite';
import { lstat, readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LONGEST_LINE, LONGEST_RECORD, MOST_COLUMNS, tooWide } from './bounds.ts';
import type { cellsOf } from './csv-cells.ts';
import { Columns, separatorOf } from './csv-layout.ts';
import { CsvRow } from './csv-row.ts';
import type { FoundFile } from './find-files.ts';
import { continues, keyOf, stateAt, storedState, storedStates } from './log-state.ts';
import type { LogState } from './log-state.ts';
import { formatOf } from './options.ts';
import type { FileOptions } from './options.ts';
import { openRegular } from './open-regular.ts';
import { RowPicker, Tally } from './row-picker.ts';
import { shortened } from './row.ts';
import type { Row } from './row.ts';
import type { FileServices } from './table-reader.ts';
import { jsonRow } from './table-rows.ts';

const BATCH_LINES = 1000;
const CHUNK_BYTES = 256 * 1024;

/**
 * Files to which lines are only ever added. How far one is read moves with its readings in one step, so that no line
 * counts twice and none is lost. A rotated log is finished first, wherever in its folder it went.
 */
export class LogReader {
  readonly #options: FileOptions;
  readonly #services: FileServices;
  readonly #picker: RowPicker;

  constructor(options: FileOptions, services: FileServices) {
    if (/^(?:utf-?16|utf-?32|ucs-?2)/i.test(options.encoding)) {
      throw new ConfigInvalid(`encoding: a log cannot be followed in ${options.encoding}; use "mode: table"`);
    }
    this.#options = options;
    this.#services = services;
    this.#picker = new RowPicker(options, services.health);
  }

  async read(file: FoundFile, signal: AbortSignal): Promise<{ readonly complaint: string | undefined }> {
    const tally = new Tally();
    await using handle = await openRegular(file.real);
    const { ino } = await handle.stat();
    let state = await storedState(this.#services.storage, ino);
    if (state !== undefined && !(await continues(handle, state))) state = undefined;
    state ??= await this.#succession(handle, file, tally, signal);
    await this.#follow(handle, { path: file.path, like: file.path, ino }, state?.offset ?? 0, tally, signal);
    return { complaint: tally.complaint };
  }

  /** Under this name stood another file: finishes it when it was renamed; goes on where it ended when it was copied. */
  async #succession(
    handle: FileHandle,
    file: FoundFile,
    tally: Tally,
    signal: AbortSignal,
  ): Promise<LogState | undefined> {
    const before = (await storedStates(this.#services.storage)).filter((state) => state.path === file.path);
    for (const state of before) {
      const renamed = await this.#findInode(dirname(file.real), state.ino);
      if (renamed !== undefined && renamed !== file.real) {
        await using old = await openRegular(renamed);
        if (await continues(old, state))
          await this.#follow(old, { path: renamed, like: file.path, ino: state.ino }, state.offset, tally, signal);
        continue;
      }
      if (renamed !== undefined) continue;
      const isCopy = await continues(handle, state);
      await this.#services.storage.delete(keyOf(state.ino));
      if (isCopy) return state;
    }
    return undefined;
  }

  async #findInode(folder: string, ino: number): Promise<string | undefined> {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const info = await lstat(path).catch(() => undefined);
      if (info?.ino === ino && info.isFile()) return path;
    }
    return undefined;
  }

  async #follow(
    handle: FileHandle,
    { path, like, ino }: Followed,
    from: number,
    tally: Tally,
    signal: AbortSignal,
  ): Promise<void> {
    const columns = formatOf(like, this.#options) === 'csv' ? await this.#columnsOf(handle, from) : undefined;
    let offset = from;
    let lines: { readonly line: string; readonly place: string }[] = [];
    const flush = async (): Promise<void> => {
      const readings: Reading[] = [];
      for (const { line, place } of lines) await this.#take(line, place, path, columns, tally, readings);
      lines = [];
      const state = { ...(await stateAt(handle, path, ino, offset)) };
      if (readings.length === 0) await this.#services.storage.set(keyOf(ino), state);
      else await this.#services.readings.emit(readings, { [keyOf(ino)]: state });
    };
    for await (const { line, end } of completeLines(handle, from, this.#options.encoding)) {
      signal.throwIfAborted();
      lines.push({ line, place: `line at byte ${offset}` });
      offset = end;
      if (lines.length >= BATCH_LINES) await flush();
    }
    if (lines.length > 0 || offset === 0) await flush();
  }

  async #take(
    line: string,
    place: string,
    path: string,
    csv: Csv | undefined,
    tally: Tally,
    into: Reading[],
  ): Promise<void> {
    if (line.trim() === '') return;
    for await (const row of csv === undefined ? jsonRow(line, place, this.#options) : csvRow(line, place, csv)) {
      await this.#picker.pick(path, row, tally, into);
    }
  }

  /** A log in CSV has its header in its first line, also when reading goes on in the middle. */
  async #columnsOf(handle: FileHandle, from: number): Promise<Csv> {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, 0);
    const head = iconv.decode(buffer.subarray(0, bytesRead), this.#options.encoding);
    const { cellsOf } = await import('./csv-cells.ts');
    const csv = {
      separator: this.#options.separator ?? separatorOf(head),
      columns: new Columns(this.#options.header),
      cellsOf,
    };
    const firstLine = /^[^\n]*\n/.exec(head)?.[0];
    if (from > 0 && this.#options.header && firstLine !== undefined)
      csv.columns.namesOf(csv.cellsOf(firstLine.trimEnd(), csv.separator));
    return csv;
  }
}

interface Followed {
  readonly path: string;
  /** The name by which the format is told: a rotated log keeps that of its first name. */
  readonly like: string;
  readonly ino: number;
}

interface Csv {
  readonly separator: string;
  readonly columns: Columns;
  readonly cellsOf: typeof cellsOf;
}

function* csvRow(line: string, place: string, csv: Csv): Generator<Row> {
  try {
    if (line.length > LONGEST_RECORD) throw new Error('longer than 1 MB');
    const cells = csv.cellsOf(line, csv.separator);
    if (cells.length > MOST_COLUMNS) throw new Error(tooWide(cells.length));
    const names = csv.columns.namesOf(cells);
    if (names !== undefined) yield new CsvRow({ names, values: cells }, place, csv.separator);
  } catch (error) {
    yield { place, broken: (error as Error).message, sample: shortened(line) };
  }
}

/** Lines that end in a newline, with the offset behind it; a half-written last one waits for its end. */
async function* completeLines(
  handle: FileHandle,
  from: number,
  encoding: string,
): AsyncGenerator<{ line: string; end: number }> {
  let pieces: Buffer[] = [];
  let held = 0;
  let isPassedOver = false;
  for (let position = from; ;) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    const chunk = buffer.subarray(0, bytesRead);
    let start = 0;
    for (let newline = chunk.indexOf(10); newline !== -1; newline = chunk.indexOf(10, start)) {
      const bytes = Buffer.concat([...pieces, chunk.subarray(start, newline)]);
      start = newline + 1;
      yield { line: isPassedOver ? '' : iconv.decode(bytes, encoding).replace(/\r$/, ''), end: position + start };
      [pieces, held, isPassedOver] = [[], 0, false];
    }
    position += bytesRead;
    held += bytesRead - start;
    // Not a log but one endless line: what is kept of it is bounded, and it is passed over to its end.
    isPassedOver ||= held > LONGEST_LINE;
    if (isPassedOver) pieces = [];
    else pieces.push(chunk.subarray(start));
  }
}
