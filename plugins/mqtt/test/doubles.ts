import { CapturedReadings, FakeClock, MemoryStorage, RecordedHealth, RecordedLogger } from '@dayfold/sdk/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { generate, parser } from 'mqtt-packet';
import type { IConnackPacket, Packet } from 'mqtt-packet';
import { MqttSource } from '../src/mqtt-source.ts';
import { mqttOptions } from '../src/options.ts';

/** What outlives a process: the journal and the storage of the source. */
export class Disk {
  readonly storage = new MemoryStorage();
  readonly readings = new CapturedReadings(this.storage);

  /** The storage as a process that dies now leaves it. */
  async copy(): Promise<Disk> {
    const disk = new Disk();
    for (const key of await this.storage.keys()) await disk.storage.set(key, (await this.storage.get(key)) ?? null);
    return disk;
  }
}

export class Running implements AsyncDisposable {
  readonly health = new RecordedHealth();
  readonly log = new RecordedLogger();
  readonly clock = new FakeClock(Date.UTC(2024, 2, 30, 12), 'Europe/Berlin');
  readonly disk: Disk;
  readonly source: MqttSource;
  readonly #abort = new AbortController();

  constructor(options: unknown, disk = new Disk(), random: () => number = () => 0) {
    this.disk = disk;
    this.source = new MqttSource(
      mqttOptions.parse(options),
      {
        readings: disk.readings,
        clock: this.clock,
        storage: disk.storage,
        health: this.health,
        log: this.log,
      },
      random,
    );
  }

  get readings(): CapturedReadings {
    return this.disk.readings;
  }

  start(): Promise<void> {
    return this.source.start(this.#abort.signal);
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    await this.source.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.disk.readings.release();
    return this.stop();
  }
}

type Received = Packet & { readonly messageId?: number; readonly clientId?: string };

/** A broker that does only what the test says, and remembers every packet that came. */
export class ScriptedBroker implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly connects: Received[] = [];
  /** SUBSCRIBEs to the broker's own topics; not among `received`. */
  readonly asked: Received[] = [];
  sessionPresent = false;
  /** Codes of the next CONNACKs; 0 when there is none left. */
  codes: number[] = [];
  version: 4 | 5 = 4;
  /** Of CONNACK, on version 5. */
  properties: IConnackPacket['properties'] = {};
  /** Closes the connection of a client that begins with MQTT 5, as some old brokers do. */
  refusesMqtt5 = false;
  /** Answers no SUBSCRIBE. */
  isMute = false;
  /** Closes the connection of a client that asks for a topic of the broker's own, as AWS IoT does. */
  forbidsOwnTopics = false;
  /** Answers no such question. */
  isMuteOnOwnTopics = false;
  /** Answers no PUBREC. */
  keepsPubrel = false;
  /** A filter that is not granted. */
  refused: string | undefined;
  #socket: Socket | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.#socket = socket;
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    const packets = parser({ protocolVersion: this.version });
    packets.on('packet', (packet: Packet) => this.#answer(socket, packet));
    socket.on('data', (chunk) => packets.parse(chunk));
  });

  static async open(): Promise<ScriptedBroker> {
    const broker = new ScriptedBroker();
    broker.#server.listen(0, '127.0.0.1');
    await once(broker.#server, 'listening');
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Bytes that the client's side does not take now. */
  get unsent(): number {
    return this.#socket?.writableLength ?? 0;
  }

  of(cmd: Packet['cmd']): Received[] {
    return this.received.filter((packet) => packet.cmd === cmd);
  }

  publish(topic: string, payload: string | Buffer, qos: 0 | 1 | 2 = 0, messageId = 1, retain = false): void {
    this.send({ cmd: 'publish', topic, payload, qos, retain, dup: false, ...(qos === 0 ? {} : { messageId }) });
  }

  send(packet: Packet): void {
    this.raw(generate(packet, { protocolVersion: this.version }));
  }

  raw(bytes: Buffer): void {
    this.#socket?.write(bytes);
  }

  kick(): void {
    this.#socket?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(socket: Socket, packet: Packet): void {
    const isOfItsOwn = packet.cmd === 'subscribe' && packet.subscriptions.every(({ topic }) => topic.startsWith('$'));
    (isOfItsOwn ? this.asked : this.received).push(packet as Received);
    const write = (answer: Packet): void => void socket.write(generate(answer, { protocolVersion: this.version }));
    if (packet.cmd === 'connect') {
      this.connects.push(packet as Received);
      if (this.refusesMqtt5 && packet.protocolVersion === 5) {
        socket.end();
        return;
      }
      const code = this.codes.shift() ?? 0;
      write({
        cmd: 'connack',
        sessionPresent: this.sessionPresent && code === 0,
        returnCode: code,
        reasonCode: code,
        ...(this.properties === undefined ? {} : { properties: this.properties }),
      });
    } else if (packet.cmd === 'subscribe') {
      if (this.isMute || (isOfItsOwn && this.isMuteOnOwnTopics)) return;
      if (isOfItsOwn && this.forbidsOwnTopics) {
        socket.end();
        return;
      }
      write({
        cmd: 'suback',
        messageId: packet.messageId ?? 0,
        granted: packet.subscriptions.map(({ topic, qos }) => (topic === this.refused ? 128 : qos)),
      });
    } else if (packet.cmd === 'unsubscribe') write({ cmd: 'unsuback', messageId: packet.messageId ?? 0, granted: [] });
    else if (packet.cmd === 'pingreq') write({ cmd: 'pingresp' });
    else if (packet.cmd === 'pubrec' && !this.keepsPubrel) write({ cmd: 'pubrel', messageId: packet.messageId ?? 0 });
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

export async function openAedes(port: number): Promise<AsyncDisposable & { readonly aedes: Aedes }> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    aedes.handle(socket);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    aedes,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(resolve));
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export const MOSQUITTO = '/usr/sbin/mosquitto';
export const hasMosquitto = existsSync(MOSQUITTO);

export async function openMosquitto(port: number, lines: readonly string[] = []): Promise<AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'dayfold-mosquitto-'));
  const config = join(folder, 'mosquitto.conf');
  await writeFile(
    config,
    // As root it would become another user, who may not read the certificates of a test.
    ['user root', `listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false', ...lines, ''].join('\n'),
  );
  const child = spawn(MOSQUITTO, ['-c', config], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  for (;;) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended by itself with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) break;
    await pause(20);
  }
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Lets everything run that waits for nothing but the event loop. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await turn();
}

/** Resolves to a value that has come to rest: nothing moved it while the event loop turned often enough for all there was. */
export async function atRest(value: () => number): Promise<number> {
  let before = value();
  for (let turns = 0; turns < 500; turns += 1) {
    await turn();
    if (value() !== before) turns = 0;
    before = value();
  }
  return before;
}
