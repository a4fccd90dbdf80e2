import { until } from '@dayfold/sdk/testing';
import { Aedes } from 'aedes';
import { spawn } from 'node:child_process';
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
export async function startMosquitto(): Promise<Broker> {
  const folder = await mkdtemp(join(tmpdir(), 'dayfold-mosquitto-'));
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  // As root it would become another user.
  const lines = ['user root', `listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false'];
  await writeFile(config, [...lines, 'max_queued_messages 0', ''].join('\n'));
  const child = spawn(MOSQUITTO, ['-c', config], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  let isOpen = false;
  const knock = (): void => {
    const socket = connect(port, '127.0.0.1', () => (isOpen = socket.destroy().destroyed));
    socket.on('error', () => isOpen || child.exitCode !== null || setImmediate(knock));
  };
  knock();
  await until(() => isOpen || child.exitCode !== null, 'mosquitto listens');
  if (child.exitCode !== null) throw new Error(`mosquitto ended by itself with ${child.exitCode}`);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
