import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AcknowledgementProxy } from './acknowledgement-proxy.ts';
import type { Broker } from './broker.ts';

const MOSQUITTO = '/usr/sbin/mosquitto';
const KNOCK_MS = 20;

/** Why it cannot run here; undefined where it can. */
export function mosquittoHindrance(): string | undefined {
  return existsSync(MOSQUITTO) ? undefined : `${MOSQUITTO} is not installed`;
}

/** Debian's, as a process of its own that keeps nothing on disk, behind a proxy that sees what is acknowledged. MQTT 5. */
export class MosquittoBroker implements Broker {
  readonly version = 5;
  readonly #folder: string;
  readonly #port: number;
  readonly #proxy: AcknowledgementProxy;
  #child: ChildProcess | undefined;
  #device: MqttClient | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.#proxy = new AcknowledgementProxy(port);
  }

  static async open(): Promise<MosquittoBroker> {
    const folder = mkdtempSync(join(tmpdir(), 'dayfold-faults-mosquitto-'));
    const port = await freePort();
    const broker = new MosquittoBroker(folder, port);
    broker.#configure(0);
    await broker.#start();
    broker.#device = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: KNOCK_MS });
    await broker.up();
    return broker;
  }

  get url(): string {
    return this.#proxy.port.url;
  }

  get acknowledged(): Set<string> {
    return this.#proxy.acknowledged;
  }

  get refusals(): number {
    return this.#proxy.refusals;
  }

  set refusals(count: number) {
    this.#proxy.refusals = count;
  }

  async up(): Promise<void> {
    await this.#proxy.port.open();
  }

  async down(): Promise<void> {
    await this.#proxy.port.close();
  }

  cut(): void {
    this.#proxy.port.cut();
  }

  /** `kill -9`, and another that knows nothing. */
  async forget(): Promise<void> {
    await this.#end('SIGKILL');
    await this.#start();
  }

  async limitQueue(messages: number): Promise<void> {
    this.#configure(messages);
    await this.forget();
  }

  async publish(topic: string, payload: string | Buffer, options: { readonly retain?: boolean } = {}): Promise<void> {
    await this.#device?.publishAsync(topic, payload, { qos: 1, retain: options.retain ?? false });
  }

  async close(): Promise<void> {
    await this.#device?.endAsync(true);
    await this.down();
    await this.#end('SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #configure(mostQueued: number): void {
    const lines = [
      // As root it would become another user.
      'user root',
      `listener ${this.#port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence false',
      `max_queued_messages ${mostQueued}`,
      // What it threw away is counted by the second.
      'sys_interval 1',
      '',
    ];
    writeFileSync(join(this.#folder, 'mosquitto.conf'), lines.join('\n'));
  }

  async #start(): Promise<void> {
    const child = spawn(MOSQUITTO, ['-c', join(this.#folder, 'mosquitto.conf')], { stdio: 'ignore' });
    this.#child = child;
    while (!(await isOpen(this.#port))) {
      if (child.exitCode !== null) throw new Error(`mosquitto ended by itself with ${child.exitCode}`);
      await pause(KNOCK_MS);
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const found = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
