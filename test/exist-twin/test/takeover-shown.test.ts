import { startExistTwin } from '@dayfold/exist-twin';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';

const CLI = join(import.meta.dirname, '../../../core/cli/src/main.ts');

/** A folder with one book read today, of which another service counts the pages so far. */
class Household implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'dayfold-takeover-'));
  readonly socket = join(this.#folder, 'data', 'daemon.sock');

  async furnish(url: string): Promise<void> {
    const today = new Date().toISOString().slice(0, 10);
    writeFileSync(join(this.#folder, 'books.csv'), `Date,Pages\n${today},12\n`);
    writeFileSync(
      join(this.#folder, 'dayfold.yaml'),
      `exist: { url: "${url}", client_id: demo, client_secret: demo-secret }
timezone: Etc/UTC
web: { port: ${await freePort()} }
sources:
  books: { plugin: file, path: "${this.#folder}/*.csv", series: { pages: { date: Date, value: Pages } } }
attributes:
  pages_read: { from: books.pages, fold: sum }
`,
    );
  }

  dayfold(...command: readonly string[]) {
    const places = ['--config', join(this.#folder, 'dayfold.yaml'), '--data', join(this.#folder, 'data')];
    return spawn(process.execPath, ['--conditions=@dayfold/source', CLI, ...command, ...places], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  /** Logs in with a pasted token; what was printed. */
  async connect(token: string): Promise<string> {
    const child = this.dayfold('connect', '--token');
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.stdin.end(token);
    await once(child, 'close');
    return printed;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

test.each([false, true])(
  'connect names what is taken over before the first acquire (daemon running: %s)',
  async (isRunning) => {
    await using twin = await startExistTwin();
    twin.fill('pages_read', 'goodreads', 'Goodreads');
    using household = new Household();
    await household.furnish(twin.url);
    const acquires = () => twin.requests().filter(({ endpoint }) => endpoint === 'acquire').length;

    const daemon = isRunning ? household.dayfold('run') : undefined;
    daemon?.stdout.resume();
    daemon?.stderr.resume();
    const ended = daemon === undefined ? undefined : once(daemon, 'close');
    try {
      while (isRunning && !existsSync(household.socket)) await new Promise((resolve) => setImmediate(resolve));
      const token = JSON.stringify(twin.issueToken({ scopes: ['media_read', 'media_write'] }));
      expect(await household.connect(token)).toContain('pages_read (now filled by Goodreads)');
      expect(twin.counters().requests).toMatchObject({ attributes: 1 });
      expect(acquires()).toBe(0);
    } finally {
      daemon?.kill('SIGTERM');
      await ended;
    }
    expect(acquires()).toBe(0);
  },
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
