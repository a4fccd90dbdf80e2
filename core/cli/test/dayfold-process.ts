import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

const CLI = join(import.meta.dirname, '../src/main.ts');

type Environment = Readonly<Record<string, string>>;

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Begun {
  readonly signal: (name: NodeJS.Signals) => void;
  /** On standard output so far. */
  readonly printed: () => string;
  readonly ended: Promise<Ended>;
}

/** A folder to run the command in; gone with its test, and every process with it. */
export class Workplace implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), 'dayfold-cli-'));
  readonly #running = new Set<() => Promise<void>>();

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.file(name), content, { mode: 0o600 });
    return this.file(name);
  }

  /** Changes the database of a data folder behind its back. */
  direct(data: string, sql: string): void {
    using database = new DatabaseSync(join(this.file(data), 'dayfold.db'));
    database.exec(sql);
  }

  /** Runs one command to its end. */
  async dayfold(args: readonly string[], input = '', env: Environment = {}): Promise<Ended> {
    const child = this.#spawn(args, env);
    child.stdin.end(input);
    const [out, err, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    return { status, out, err };
  }

  /** Starts a command that goes on. */
  begin(args: readonly string[], env: Environment = {}): Begun {
    const child = this.#spawn(args, env);
    child.stdin.end();
    const exited = once(child, 'exit') as Promise<[number | null]>;
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const ended = Promise.all([text(child.stdout), text(child.stderr), exited]).then(([out, err, [status]]) => ({
      status,
      out,
      err,
    }));
    this.#running.add(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    return { signal: (name) => void child.kill(name), printed: () => printed, ended };
  }

  /** Starts the daemon and waits until it answers. */
  async daemon(port: number, env: Environment = {}): Promise<{ stop(): Promise<void>; kill(): Promise<void> }> {
    const { signal, ended } = this.begin(['run'], env);
    let isOver = false;
    void ended.then(() => (isOver = true));
    while ((await ask(port, 'GET', '/readyz')) !== 200) {
      if (isOver) throw new Error(`the daemon ended: ${(await ended).err}`);
      await pause(20);
    }
    const end = async (name: NodeJS.Signals): Promise<void> => {
      signal(name);
      await ended;
    };
    return { stop: async () => await end('SIGTERM'), kill: async () => await end('SIGKILL') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const kill of this.#running) await kill();
    rmSync(this.path, { recursive: true, force: true });
  }

  #spawn(args: readonly string[], env: Environment) {
    const flags = ['--conditions=@dayfold/source', '--disable-warning=ExperimentalWarning'];
    return spawn(process.execPath, [...flags, CLI, ...args], {
      cwd: this.path,
      stdio: 'pipe',
      env: { PATH: process.env['PATH'], HOME: this.path, ...env },
    });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The status of one request to the web address; 0 where nobody answers. */
export async function ask(
  port: number,
  method: string,
  path: string,
  body?: { readonly token: string; readonly json: unknown },
): Promise<number> {
  return await new Promise((resolve) => {
    const headers =
      body === undefined ? {} : { authorization: `Bearer ${body.token}`, 'content-type': 'application/json' };
    const call = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    call.on('error', () => resolve(0));
    call.end(body === undefined ? undefined : JSON.stringify(body.json));
  });
}
