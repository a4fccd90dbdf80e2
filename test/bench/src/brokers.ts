import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './dayfold.ts';
import { Subject } from './subject.ts';

export type BrokerName = 'mosquitto' | 'aedes';

export interface Broker {
  readonly port: number;
  readonly subject: Subject;
}

const MOSQUITTO = ['/usr/sbin', process.env['PATH'] ?? ''].join(':');
const OPEN_MS = 10_000;
const CLIENT_MS = 60_000;
const LOG = ['log_dest stderr', 'log_type error', 'log_type warning', 'log_type notice', 'log_type subscribe'];

export const hasMosquitto = spawnSync('mosquitto', ['-h'], { env: { PATH: MOSQUITTO } }).error === undefined;

export async function startBroker(name: BrokerName, folder: string): Promise<Broker> {
  return name === 'mosquitto' ? await startMosquitto(folder) : await startAedes();
}

/** As Debian ships it, with 20 messages in flight, but for two things: it keeps no file, and it throws no message away. */
async function startMosquitto(folder: string): Promise<Broker> {
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  const lines = [
    ...LOG,
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence false',
    'max_queued_messages 0',
  ];
  // As root it would become another user.
  if (process.getuid?.() === 0) lines.unshift('user root');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const subject = new Subject('mosquitto', ['-c', file], { place: 'helper', env: { PATH: MOSQUITTO } });
  const until = performance.now() + OPEN_MS;
  while (!(await isOpen(port))) {
    if (subject.hasEnded || performance.now() > until)
      throw new Error(`mosquitto does not run; install it, for example by "apt install mosquitto". ${subject.output}`);
    await sleep(20);
  }
  return { port, subject };
}

/** Resolves when somebody has subscribed at mosquitto: before, it throws away what is published. */
export async function untilSubscribed(broker: Broker, other: Subject): Promise<void> {
  await untilSaid(broker, ' bench/+/state', 1, other);
}

/** Resolves when so many clients have connected to mosquitto since it runs; who has a session need not subscribe again. */
export async function untilConnected(broker: Broker, clients: number, other: Subject): Promise<void> {
  await untilSaid(broker, 'New client connected', clients, other);
}

async function untilSaid({ subject }: Broker, text: string, times: number, other: Subject): Promise<void> {
  const until = performance.now() + CLIENT_MS;
  while (subject.output.split(text).length <= times) {
    if (other.hasEnded || performance.now() > until)
      throw new Error(
        `mosquitto did not say "${text}": ${other.output.slice(0, 1000)} ${subject.output.slice(0, 1000)}`,
      );
    await sleep(20);
  }
}

async function startAedes(): Promise<Broker> {
  const subject = Subject.node([join(import.meta.dirname, 'feed/aedes-broker.ts')], { place: 'helper' });
  const { port } = await subject.message<{ port: number }>();
  return { port, subject };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy().destroyed));
    socket.on('error', () => resolve(false));
  });
}
