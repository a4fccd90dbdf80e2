import { parser } from 'mqtt-packet';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { LoopbackPort } from './loopback-port.ts';

/** "Server unavailable" on MQTT 3.1.1 and 5. */
const REFUSAL = { 4: Buffer.from([0x20, 2, 0, 3]), 5: Buffer.from([0x20, 3, 0, 0x88, 0]) };

/** Stands before a broker, hands on every byte, and reads along what is delivered and what is acknowledged. */
export class AcknowledgementProxy {
  /** Payloads of which the client has sent a PUBACK. */
  readonly acknowledged = new Set<string>();
  refusals = 0;
  /** Where the daemon connects. */
  readonly port: LoopbackPort;

  /** `behind` is the port of the broker. */
  constructor(behind: number) {
    this.port = new LoopbackPort((client) => {
      const broker = connect(behind, '127.0.0.1');
      this.port.add(broker);
      client.on('close', () => broker.destroy());
      broker.on('close', () => client.destroy());
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
    for (const each of [fromBroker, fromClient]) each.on('error', () => this.port.cut());
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
