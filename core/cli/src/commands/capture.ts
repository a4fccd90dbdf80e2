import { ConfigInvalid, SystemClock } from '@dayfold/runtime';
import type { CapturedMessage, Source } from '@dayfold/sdk';
import { duration } from '@dayfold/sdk';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import process from 'node:process';
import { configFile, pluginCatalog, readConfiguration } from '../assembly.ts';
import type { CommonOptions } from '../assembly.ts';
import { interruption } from '../interruption.ts';
import { createLog } from '../log.ts';
import { SourcesApart } from '../sources-apart.ts';

export interface CaptureOptions extends CommonOptions {
  readonly out: string;
  readonly for?: string;
  readonly count?: string;
}

/** After a connection that was lost; the recording goes on with the next. */
const AGAIN_MS = 5_000;

/** Records what comes in at a live source, as lines for `replay`, over a connection of its own. */
export async function capture(name: string, options: CaptureOptions): Promise<void> {
  const forMs = options.for === undefined ? undefined : durationOf(options.for);
  const most = options.count === undefined ? Number.POSITIVE_INFINITY : countOf(options.count);
  const file = configFile(options);
  const catalog = await pluginCatalog(file);
  const { configuration } = await readConfiguration(file, catalog);
  const source = configuration.sources.find((each) => each.name === name);
  if (source === undefined) {
    const names = configuration.sources.map((each) => each.name).join(', ');
    throw new ConfigInvalid(`there is no source "${name}"; configured: ${names || 'none'}`);
  }
  using interrupted = interruption();
  const enough = new AbortController();
  const ends = [interrupted.signal, enough.signal, ...(forMs === undefined ? [] : [AbortSignal.timeout(forMs)])];
  const signal = AbortSignal.any(ends);
  using log = createLog({ json: false, level: options.debug === true ? 'debug' : 'warn' });
  await using apart = await SourcesApart.open({ ...configuration, sources: [] }, catalog, log);
  const built = await apart.build(source, signal);
  if (built.capture === undefined)
    throw new ConfigInvalid(
      `the plugin of source ${name} (${source.plugin}) records nothing: messages are captured from sources of the plugin mqtt`,
    );
  await using lines = await Lines.open(options.out);
  // Whoever read standard output has gone, as "head" does.
  process.stdout.once('error', () => enough.abort());
  await untilOver(built, signal, async (message) => {
    if (signal.aborted) return;
    await lines.write(message);
    if (lines.count >= most) enough.abort();
  });
  lines.tell();
}

/** The first failure to connect ends it; later ones are waited out. */
async function untilOver(
  source: Source,
  signal: AbortSignal,
  record: (message: CapturedMessage) => Promise<void>,
): Promise<void> {
  const clock = new SystemClock();
  for (let isFirst = true; !signal.aborted;) {
    try {
      await source.capture?.(signal, async (message) => {
        isFirst = false;
        await record(message);
      });
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (isFirst || (error as { code?: string }).code?.startsWith('plugin.') !== true) throw error;
      process.stderr.write(`dayfold: ${(error as Error).message}; trying again in ${AGAIN_MS / 1000} s\n`);
      await clock.sleep(AGAIN_MS, signal).catch(() => undefined);
    }
  }
}

/** Each message is written before the next is taken. */
class Lines implements AsyncDisposable {
  readonly #write: (line: string) => Promise<void>;
  readonly #close: () => Promise<void>;
  readonly #where: string;
  count = 0;
  #shownAt = 0;

  private constructor(where: string, write: (line: string) => Promise<void>, close: () => Promise<void>) {
    this.#where = where;
    this.#write = write;
    this.#close = close;
  }

  /** `-` is standard output. A file is new and for the user alone: payloads may hold anything. */
  static async open(out: string): Promise<Lines> {
    if (out === '-') {
      return new Lines(
        'standard output',
        async (line) => {
          if (!process.stdout.write(line) && process.stdout.writable) await once(process.stdout, 'drain');
        },
        async () => await Promise.resolve(),
      );
    }
    const file = resolve(out);
    try {
      const handle = await open(file, 'wx', 0o600);
      return new Lines(
        file,
        async (line) => await handle.appendFile(line),
        async () => await handle.close(),
      );
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
      throw new ConfigInvalid(
        exists
          ? `${file} exists already and is left as it is; name another file`
          : `--out: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }

  async write(message: CapturedMessage): Promise<void> {
    await this.#write(`${JSON.stringify(message)}\n`);
    this.count += 1;
    if (!process.stderr.isTTY || Date.now() - this.#shownAt < 200) return;
    this.#shownAt = Date.now();
    process.stderr.write(`\r\u001B[K${this.count} messages`);
  }

  tell(): void {
    process.stderr.write(
      `${process.stderr.isTTY ? '\r\u001B[K' : ''}${this.count} messages recorded to ${this.#where}\n`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

function durationOf(text: string): number {
  const parsed = duration({ least: '1s' }).safeParse(text);
  if (!parsed.success) throw new ConfigInvalid(`--for: expected a duration such as 30s, 10m or 1h, found "${text}"`);
  return parsed.data;
}

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new ConfigInvalid(`--count: expected a number of messages, found "${text}"`);
  return count;
}
