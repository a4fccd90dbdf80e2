import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

/**
 * A connection to the hosted broker that ends where a client announces a packet larger than `largest` bytes, before any
 * of it is kept: the parser of the broker would gather up to 256 MB a client.
 */
export class GuardedSocket extends Duplex {
  readonly #socket: Socket;
  readonly #largest: number;
  /** Bytes of the packet in hand that are still to come; its length field is read while this is 0. */
  #missing = 0;
  #length = 0;
  /** Bytes of the fixed header read so far. */
  #header = 0;

  constructor(socket: Socket, largest: number) {
    super();
    this.#socket = socket;
    this.#largest = largest;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, encoding, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    if (!this.#follow(chunk)) this.destroy(new Error(`a packet of more than ${this.#largest} bytes`));
    else if (!this.push(chunk)) this.#socket.pause();
  }

  /** False where a length is too large, or none (MQTT 3.1.1, section 2.2.3). */
  #follow(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length;) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, chunk.length - at);
        this.#missing -= taken;
        at += taken;
        continue;
      }
      const byte = chunk[at++] as number;
      this.#header += 1;
      if (this.#header === 1) continue;
      this.#length += (byte & 127) * 128 ** (this.#header - 2);
      if (this.#length > this.#largest || (byte >= 128 && this.#header === 5)) return false;
      if (byte >= 128) continue;
      this.#missing = this.#length;
      this.#length = 0;
      this.#header = 0;
    }
    return true;
  }
}
