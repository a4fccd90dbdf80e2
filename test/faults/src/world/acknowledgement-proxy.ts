import { parser } from 'mqtt-packet';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** "Server unavailable" on MQTT 3.1.1 and 5. */
const REFUSAL = { 4: Buffer.from([0x20, 2, 0, 3]), 5: Buffer.from([0x20, 3, 0, 0x88, 0]) };

/** Stands before a broker, hands on every byte, and reads along what is delivered and what is acknowledged. */
export class AcknowledgementProxy {
  /** Payloads of which the client has sent a PUBACK. */
  readonly acknowledged = new Set<string>();
  refusals = 0;
  readonly #behind: number;
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #port = 0;

  constructor(behind: number) {
    this.#behind = behind;
    this.#server = this.#listener();
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

  #listener(): Server {
    return createServer((client) => {
      const broker = connect(this.#behind, '127.0.0.1');
      const ends = [client, broker];
      for (const end of ends) {
        this.#sockets.add(end);
        end.on('error', () => undefined);
        end.on('close', () => {
          this.#sockets.delete(end);
          for (const other of ends) other.destroy();
        });
      }
      this.#readAlong(client, broker);
    });
  }

  #readAlong(client: Socket, broker: Socket): void {
    const delivered = new Map<number, string>();
    const fromBroker = parser({ protocolVersion: 5 });
    fromBroker.on('packet', (packet) => {
      if (packet.cmd === 'publish' && packet.messageId !== undefined)
        delivered.set(packet.messageId, packet.payload.toString());
    });
    const fromClient = parser();
    let isRefused = false;
    fromClient.on('packet', (packet) => {
      if (packet.cmd === 'connect' && this.refusals > 0) {
        this.refusals -= 1;
        isRefused = true;
        client.end(REFUSAL[packet.protocolVersion === 5 ? 5 : 4]);
      }
      const payload = packet.cmd === 'puback' && packet.messageId !== undefined && delivered.get(packet.messageId);
      if (typeof payload === 'string') this.acknowledged.add(payload);
    });
    for (const each of [fromBroker, fromClient]) each.on('error', () => this.cut());
    client.on('data', (bytes) => {
      fromClient.parse(bytes);
      if (!isRefused) broker.write(bytes);
    });
    broker.on('data', (bytes) => {
      // Read first: an acknowledgement is never quicker.
      fromBroker.parse(bytes);
      client.write(bytes);
    });
  }
}
