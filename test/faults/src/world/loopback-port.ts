import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A port of 127.0.0.1 that can close and open again under the same number, and cut what is connected. */
export class LoopbackPort {
  readonly #connected: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #number = 0;

  constructor(connected: (socket: Socket) => void) {
    this.#connected = connected;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.#number}`;
  }

  async open(): Promise<void> {
    if (this.#server !== undefined) return;
    this.#server = createServer((socket) => {
      this.add(socket);
      this.#connected(socket);
    });
    this.#server.listen(this.#number, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#number = (this.#server.address() as AddressInfo).port;
  }

  /** Cuts every connection and takes no new one. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    this.cut();
    await closed;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A further socket that is cut with the others. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
  }
}
