import { Aedes } from 'aedes';
import type { AedesPublishPacket } from 'aedes';
import type { Broker } from './broker.ts';
import { LoopbackPort } from './loopback-port.ts';

/** Of a CONNACK on MQTT 3.1.1. */
const SERVER_UNAVAILABLE = 3;

/** In this process. */
export class AedesBroker implements Broker {
  readonly version = 4;
  readonly acknowledged = new Set<string>();
  refusals = 0;
  readonly #port = new LoopbackPort((socket) => void this.#aedes.handle(socket));
  #aedes: Aedes;

  private constructor(aedes: Aedes) {
    this.#aedes = this.#watched(aedes);
  }

  static async open(): Promise<AedesBroker> {
    const broker = new AedesBroker(await Aedes.createBroker());
    await broker.up();
    return broker;
  }

  get url(): string {
    return this.#port.url;
  }

  async up(): Promise<void> {
    await this.#port.open();
  }

  async down(): Promise<void> {
    await this.#port.close();
  }

  cut(): void {
    this.#port.cut();
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
