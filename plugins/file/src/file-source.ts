import type { Logger, Sample, Schedule, Source } from '@dayfold/sdk';
import { basename } from 'node:path';
import { findFiles, refuseForbidden } from './find-files.ts';
import type { FoundFile } from './find-files.ts';
import { LogReader } from './log-reader.ts';
import { isLog } from './options.ts';
import { openRegular } from './open-regular.ts';
import type { FileOptions } from './options.ts';
import { TableReader } from './table-reader.ts';
import type { FileServices } from './table-reader.ts';
import { tableRows } from './table-rows.ts';

/** Systems lose file events (network drives, full queues): everything is looked at this often in any case. */
const RESCAN_MS = 10 * 60_000;
const RETRY_MS = 60_000;
/** No path of a file. */
const ASTRAY = '\0';

/**
 * Follows files.
 *
 * Each file has at most one pass at a time; a change during a pass asks for one more. Passes of several files wait for
 * quiet side by side, but read one after the other. A file that vanishes keeps its readings: a drive may be unplugged.
 */
export class FileSource implements Source {
  readonly #options: FileOptions;
  readonly #services: FileServices & { readonly schedule: Schedule; readonly logger: Logger };
  readonly #patterns: readonly string[];
  readonly #tables: TableReader;
  readonly #logs: LogReader | undefined;
  readonly #passes = new Map<string, { again: boolean; done: Promise<void> }>();
  readonly #complaints = new Map<string, string>();
  #turn: Promise<unknown> = Promise.resolve();
  #closeWatcher: (() => Promise<void>) | undefined;

  constructor(options: FileOptions, services: FileServices & { readonly schedule: Schedule; readonly logger: Logger }) {
    this.#options = options;
    this.#services = services;
    this.#patterns = [options.path].flat();
    this.#tables = new TableReader(options, services);
    this.#logs = options.mode === 'table' ? undefined : logReader(options, services);
  }

  async start(signal: AbortSignal): Promise<void> {
    await refuseForbidden(this.#patterns);
    const { poll } = this.#options;
    if (poll === undefined) {
      const { watchFolders } = await import('./watch-folders.ts');
      this.#closeWatcher = await watchFolders(
        this.#patterns,
        signal,
        () => void this.#rescan(signal),
        (error) => this.#services.logger.warn(`files are looked at every 10 minutes only: ${error.message}`),
      );
    }
    this.#services.schedule.every(poll ?? RESCAN_MS, signal, () => this.#rescan(signal));
  }

  async stop(): Promise<void> {
    await this.#closeWatcher?.();
    await Promise.all([...this.#passes.values()].map(({ done }) => done));
  }

  /** Reads everything there is, without waiting for quiet; a file that cannot be read is told by health. */
  async once(signal: AbortSignal): Promise<void> {
    await refuseForbidden(this.#patterns);
    for (const file of await this.#find()) {
      signal.throwIfAborted();
      await this.#attempt(file, signal, false);
    }
  }

  async probe(signal: AbortSignal): Promise<readonly Sample[]> {
    await refuseForbidden(this.#patterns);
    const samples: Sample[] = [];
    for (const file of await this.#find()) {
      await using handle = await openRegular(file.real);
      for await (const row of tableRows(handle, file.path, this.#options, () => undefined, signal)) {
        samples.push({
          from: `${basename(file.path)} ${row.place}`,
          text: row.broken ?? (JSON.stringify(row.record) ?? '').slice(0, 500),
        });
        if (samples.length === 5) return samples;
      }
    }
    return samples;
  }

  async #find(): Promise<readonly FoundFile[]> {
    const { files, astray } = await findFiles(this.#patterns, this.#options.format !== undefined);
    this.#complain(
      ASTRAY,
      astray[0] &&
        `${basename(astray[0].path)} is a link to ${astray[0].real}, outside the folder that is read; name it in "path" if it is meant`,
    );
    if (files.length === 0) this.#complain('', `there is no file at ${this.#patterns.join(', ')}`);
    else this.#complain('', undefined);
    return files;
  }

  async #rescan(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    for (const file of await this.#find()) this.#request(file, signal);
  }

  #request(file: FoundFile, signal: AbortSignal): void {
    const running = this.#passes.get(file.path);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const pass = { again: false, done: Promise.resolve() };
    this.#passes.set(file.path, pass);
    pass.done = (async () => {
      do {
        pass.again = false;
        const isDone = await this.#attempt(file, signal, true);
        if (!isDone)
          void this.#services.clock.sleep(RETRY_MS, signal).then(
            () => this.#request(file, signal),
            () => undefined,
          );
      } while (pass.again && !signal.aborted);
      this.#passes.delete(file.path);
    })();
  }

  /** False when the pass should be tried again without waiting for a change. */
  async #attempt(file: FoundFile, signal: AbortSignal, waitForQuiet: boolean): Promise<boolean> {
    try {
      await this.#refuseLarge(file);
      const complaint = isLog(file.path, this.#options)
        ? await this.#readLog(file, signal)
        : await this.#readTable(file, signal, waitForQuiet);
      this.#complain(file.path, complaint);
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      const { code } = error as NodeJS.ErrnoException;
      const isGone = code === 'ENOENT';
      this.#complain(file.path, isGone ? undefined : (error as Error).message);
      return isGone;
    }
  }

  async #readLog(file: FoundFile, signal: AbortSignal): Promise<string | undefined> {
    const logs = this.#logs;
    if (logs === undefined) throw new Error(`a log cannot be followed in ${this.#options.encoding}; use "mode: table"`);
    return (await this.#inTurn(() => logs.read(file, signal))).complaint;
  }

  async #readTable(file: FoundFile, signal: AbortSignal, waitForQuiet: boolean): Promise<string | undefined> {
    if (!(await this.#tables.isChanged(file))) return this.#complaints.get(file.path);
    for (;;) {
      if (waitForQuiet) await this.#tables.settled(file, signal);
      const { isSteady, complaint } = await this.#inTurn(() => this.#tables.read(file, signal));
      if (isSteady || !waitForQuiet) return complaint;
    }
  }

  async #refuseLarge(file: FoundFile): Promise<void> {
    const { max_file: most } = this.#options;
    if (most === undefined) return;
    await using handle = await openRegular(file.real);
    if ((await handle.stat()).size > most) throw new Error(`larger than max_file (${Math.round(most / 1e6)} MB)`);
  }

  #inTurn<T>(read: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(read);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Shows the first open complaint; the last one settled clears the source. */
  #complain(path: string, complaint: string | undefined): void {
    const { health } = this.#services;
    if (complaint === undefined) this.#complaints.delete(path);
    else this.#complaints.set(path, complaint);
    const [first] = this.#complaints;
    if (first === undefined) health.ok();
    else health.degraded(first[0] === '' || first[0] === ASTRAY ? first[1] : `${basename(first[0])}: ${first[1]}`);
  }
}

function logReader(options: FileOptions, services: FileServices): LogReader | undefined {
  if (options.mode === 'log') return new LogReader(options, services);
  // In auto mode a table in UTF-16 is fine; only its logs are not.
  return /^(?:utf-?16|utf-?32|ucs-?2)/i.test(options.encoding) ? undefined : new LogReader(options, services);
}
