import type { Clock, Health, Reading, Readings, Storage } from '@dayfold/sdk';
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { hashOf, SAMPLE_BYTES, textHash } from './file-identity.ts';
import type { FoundFile } from './find-files.ts';
import { openRegular } from './open-regular.ts';
import type { FileOptions } from './options.ts';
import { RowPicker, Tally } from './row-picker.ts';
import { tableRows } from './table-rows.ts';

const BATCH = 1000;
/** Smaller files are read before anyone could see the progress. */
const SHOWN_FROM_BYTES = 5_000_000;

export interface FileServices {
  readonly readings: Readings;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly health: Health;
}

/** Files that are the whole truth: each reading of one replaces what the last one gave. */
export class TableReader {
  readonly #options: FileOptions;
  readonly #services: FileServices;
  readonly #picker: RowPicker;
  readonly #optionsHash: string;

  constructor(options: FileOptions, services: FileServices) {
    this.#options = options;
    this.#services = services;
    this.#picker = new RowPicker(options, services.health);
    this.#optionsHash = textHash(JSON.stringify(options));
  }

  /** False when the file is as it was at the last complete reading under the same options. */
  async isChanged(file: FoundFile): Promise<boolean> {
    await using handle = await openRegular(file.real);
    return (await this.#fingerprint(handle)) !== (await this.#services.storage.get(keyOf(file)));
  }

  /** Resolves when the size and the time of change stayed the same for the quiet time. */
  async settled(file: FoundFile, signal: AbortSignal): Promise<void> {
    for (let before = await this.#look(file); ;) {
      await this.#services.clock.sleep(this.#options.quiet, signal);
      const after = await this.#look(file);
      if (after === before) return;
      before = after;
    }
  }

  /** Reads the file into its table; false when it changed meanwhile. Answers a complaint about its content, if any. */
  async read(
    file: FoundFile,
    signal: AbortSignal,
  ): Promise<{ readonly isSteady: boolean; readonly complaint: string | undefined }> {
    await using handle = await openRegular(file.real);
    const before = await this.#fingerprint(handle);
    const tally = new Tally();
    await this.#services.readings.mirror(file.path, this.#batches(handle, file, tally, signal));
    const isSteady = (await this.#fingerprint(handle)) === before;
    if (isSteady) await this.#services.storage.set(keyOf(file), before);
    return { isSteady, complaint: tally.complaint };
  }

  async *#batches(
    handle: FileHandle,
    file: FoundFile,
    tally: Tally,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Reading[]> {
    const { size } = await handle.stat();
    const onProgress = this.#progress(file, size);
    let batch: Reading[] = [];
    for await (const row of tableRows(handle, file.path, this.#options, onProgress, signal)) {
      signal.throwIfAborted();
      const wait = this.#picker.pick(file.path, row, tally, batch);
      if (wait !== undefined) await wait;
      if (batch.length >= BATCH) {
        yield batch;
        batch = [];
      }
    }
    signal.throwIfAborted();
    if (batch.length > 0) yield batch;
  }

  #progress(file: FoundFile, size: number): (bytes: number) => void {
    let shown = 0;
    return (bytes) => {
      const percent = Math.floor((bytes / size) * 20) * 5;
      if (size < SHOWN_FROM_BYTES || percent <= shown || percent >= 100) return;
      shown = percent;
      this.#services.health.ok(`reading ${basename(file.path)} ${percent} %`);
    };
  }

  async #fingerprint(handle: FileHandle): Promise<string> {
    const { size, mtimeMs, ino } = await handle.stat();
    return [size, mtimeMs, ino, await hashOf(handle, 0, SAMPLE_BYTES), this.#optionsHash].join(' ');
  }

  async #look(file: FoundFile): Promise<string> {
    await using handle = await openRegular(file.real);
    const { size, mtimeMs, ino } = await handle.stat();
    return [size, mtimeMs, ino].join(' ');
  }
}

function keyOf(file: FoundFile): string {
  return `table:${file.path}`;
}
