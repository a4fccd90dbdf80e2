import { until } from '@dayfold/sdk/testing';
import { Aedes } from 'aedes';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Broker extends AsyncDisposable {
  readonly url: string;
}

const MOSQUITTO = '/usr/sbin/mosquitto';
export const hasMosquitto = existsSync(MOSQUITTO);

/** MQTT 3.1.1. */
export async function startAedes(): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => void aedes.handle(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** MQTT 5 too, as it is installed but for its limit of queued messages. */
export async function startMosquitto(): Promise<Mosquitto> {
  return await Mosquitto.open();
}

/** A process that can be killed and started again at the same address; it keeps nothing. */
export class Mosquitto implements Broker {
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.url = `mqtt://127.0.0.1:${port}`;
    this.#folder = folder;
    this.#port = port;
  }

  static async open(): Promise<Mosquitto> {
    const folder = await mkdtemp(join(tmpdir(), 'dayfold-mosquitto-'));
    const port = await freePort();
    // As root it would become another user.
    const lines = ['user root', `listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false'];
    await writeFile(join(folder, 'mosquitto.conf'), [...lines, 'max_queued_messages 0', ''].join('\n'));
    const mosquitto = new Mosquitto(folder, port);
    await mosquitto.start();
    return mosquitto;
  }

  async start(): Promise<void> {
    const child = spawn(MOSQUITTO, ['-c', join(this.#folder, 'mosquitto.conf')], { stdio: 'ignore' });
    this.#child = child;
    let isOpen = false;
    const knock = (): void => {
      const socket = connect(this.#port, '127.0.0.1', () => (isOpen = socket.destroy().destroyed));
      socket.on('error', () => isOpen || child.exitCode !== null || setImmediate(knock));
    };
    knock();
    await until(() => isOpen || child.exitCode !== null, 'mosquitto listens');
    if (child.exitCode !== null) throw new Error(`mosquitto ended by itself with ${child.exitCode}`);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    this.#child = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGTERM');
    await rm(this.#folder, { recursive: true, force: true });
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
