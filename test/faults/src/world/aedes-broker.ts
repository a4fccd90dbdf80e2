import { Aedes } from 'aedes';
import type { AedesPublishPacket } from 'aedes';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Broker } from './broker.ts';

/** Of a CONNACK on MQTT 3.1.1. */
const SERVER_UNAVAILABLE = 3;

/** In this process. */
export class AedesBroker implements Broker {
  readonly version = 4;
  readonly acknowledged = new Set<string>();
  refusals = 0;
  #aedes: Aedes;
  #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  private constructor(aedes: Aedes) {
    this.#aedes = this.#watched(aedes);
    this.#server = this.#listener();
  }

  static async open(): Promise<AedesBroker> {
    const broker = new AedesBroker(await Aedes.createBroker());
    await broker.up();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  async up(): Promise<void> {
    if (this.#server.listening) return;
    this.#server = this.#listener();
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A broker without persistence that was restarted: no session and no retained message is left. */
  async forget(): Promise<void> {
    const old = this.#aedes;
    this.#aedes = this.#watched(await Aedes.createBroker());
    this.cut();
    await new Promise<void>((resolve) => old.close(() => resolve()));
  }

  async publish(topic: string, payload: string | Buffer, options: { readonly retain?: boolean } = {}): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.#aedes.publish(
        { cmd: 'publish', topic, payload, qos: 1, dup: false, retain: options.retain ?? false },
        (error) => (error === undefined || error === null ? resolve() : reject(error)),
      ),
    );
  }

  async close(): Promise<void> {
    await this.down();
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
  }

  #listener(): Server {
    return createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
      this.#aedes.handle(socket);
    });
  }

  #watched(aedes: Aedes): Aedes {
    aedes.on('ack', (packet) => {
      const { payload } = (packet ?? {}) as Partial<AedesPublishPacket>;
      if (payload !== undefined) this.acknowledged.add(payload.toString());
    });
    aedes.authenticate = (_client, _user, _password, done) => {
      if (this.refusals === 0) return done(null, true);
      this.refusals -= 1;
      return done(Object.assign(new Error('not yet'), { returnCode: SERVER_UNAVAILABLE }), null);
    };
    return aedes;
  }
}
