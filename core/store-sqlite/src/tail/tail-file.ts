import {
  closeSync,
  constants,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fileGuarded } from '../guarded.ts';
import { bytesOfRecord, recordsIn } from './tail-records.ts';
import type { TailContents, TailRecord } from './tail-records.ts';

/** The file grows by so much: a sync of what lies within its size writes nothing but that. */
const GROWTH_BYTES = 64 * 1024;
const BLOCK = Buffer.alloc(4096);
/** One that was larger, of texts, begins small again: whoever looks reads all of it. */
const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * Records that are durable once appended, in a file beside the database. A write-ahead log of SQLite takes two pages for a commit
 * of any size; here it is the blocks the record itself lies in. Each belongs to an edition, which the database names: with the
 * next edition, in the transaction that put them elsewhere, all records of this one are nothing, and the file is written anew
 * from its beginning.
 */
export class TailFile {
  readonly #path: string;
  readonly #folder: string;
  #file: number | undefined;
  #size = 0;
  #edition = Number.NaN;
  #end = 0;
  #isClosed = false;
  /** Of what was found: what was appended since is synced with each record. */
  #isSynced = false;
  /** Where a record was refused: it may stand there in spite of that, until another takes its place or the edition changes. */
  #refused: { readonly edition: number; readonly end: number } | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#folder = dirname(path);
  }

  /** What it holds of an edition, which is continued from here on. */
  read(edition: number): TailContents {
    const contents = readTail(this.#path, edition, this.#refused?.edition === edition ? this.#refused.end : undefined);
    this.#edition = edition;
    this.#end = contents.end;
    return contents;
  }

  /** What a process that was killed wrote may not be on the disk yet, though it can be read. */
  sync(): void {
    if (this.#end > 0 && !this.#isSynced)
      fileGuarded(this.#folder, () => fdatasyncSync((this.#file ??= this.#opened())));
    this.#isSynced = true;
  }

  /** With an edition that has nothing yet. */
  beginAnew(edition: number): void {
    this.#edition = edition;
    this.#end = 0;
  }

  /** Changes when somebody writes to it. */
  version(): string {
    return String(statSync(this.#path, { throwIfNoEntry: false, bigint: true })?.mtimeNs);
  }

  /** Of the edition. */
  get bytes(): number {
    return this.#end;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The disk may hold a record that was refused: what comes next must come with another edition. */
  get isInDoubt(): boolean {
    return this.#refused?.edition === this.#edition;
  }

  /** Durable against power loss when it returns. What could not be written whole is as if it had not been. */
  append(record: TailRecord): void {
    const bytes = bytesOfRecord(record, this.#edition);
    fileGuarded(this.#folder, () => {
      const file = (this.#file ??= this.#opened());
      if (this.#end === 0 && this.#size > KEPT_BYTES) {
        ftruncateSync(file);
        this.#size = 0;
      }
      const end = this.#end + bytes.length;
      if (end > this.#size) this.#grow(file, end);
      writeWhole(file, bytes, this.#end);
      this.#refused = { edition: this.#edition, end: this.#end };
      fdatasyncSync(file);
      this.#refused = undefined;
      this.#end = end;
    });
  }

  close(): void {
    this.#isClosed = true;
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #grow(file: number, end: number): void {
    const grown = end + GROWTH_BYTES;
    // In blocks: what is written in one piece a kernel may keep as one, and write whole with each change.
    for (let at = Math.ceil(this.#size / BLOCK.length) * BLOCK.length; at < grown; at += BLOCK.length) {
      writeWhole(file, BLOCK, at);
      this.#size = at + BLOCK.length;
    }
  }

  #opened(): number {
    const file = openSync(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
    fchmodSync(file, 0o600);
    this.#size = fstatSync(file).size;
    if (this.#size === 0) syncFolder(this.#folder);
    return file;
  }
}

/** What the file holds of an edition, also while a daemon appends to it; nothing where there is no file. */
export function readTail(path: string, edition: number, limit?: number): TailContents {
  return fileGuarded(dirname(path), () => {
    try {
      const read = (): TailContents => recordsIn(readFileSync(path).subarray(0, limit), edition);
      const contents = read();
      // One that grows meanwhile may look so.
      return contents.isDamaged ? read() : contents;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return { records: [], end: 0, isDamaged: false };
    }
  });
}

/** So that a power cut leaves the file its name. Where a file system cannot, SQLite's files are no safer. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } catch {
    // As SQLite has it.
  } finally {
    closeSync(handle);
  }
}

function writeWhole(file: number, bytes: Uint8Array, at: number): void {
  for (let written = 0; written < bytes.length;)
    written += writeSync(file, bytes, written, bytes.length - written, at + written);
}
