export const PUBLISH = 3;

/** One MQTT control packet as it came. */
export interface Frame {
  /** The upper half of the first byte: MQTT 3.1.1, section 2.2.1. */
  readonly type: number;
  /** Lower half of the first byte. */
  readonly flags: number;
  /** The whole packet; of an oversized PUBLISH the variable header alone. */
  readonly bytes: Buffer;
  /** Where the variable header starts in `bytes`. */
  readonly bodyAt: number;
  /** Length that the packet claims for all behind the fixed header. */
  readonly length: number;
  readonly isOversized: boolean;
}

/** A topic of 65,535 bytes with its length and the message id: enough to acknowledge what is too large to keep. */
const LARGEST_HEAD = 65_535 + 4;
/** Nothing but PUBLISH has a reason to be larger. */
const LARGEST_OTHER = 1024 * 1024;

/**
 * Cuts a byte stream into MQTT packets by their remaining length.
 *
 * What an oversized PUBLISH carries beyond its head is dropped as it comes in, so memory stays within `limit`.
 */
export class FrameCutter {
  readonly #limit: number;
  #fixed: number[] = [];
  #parts: Buffer[] = [];
  #kept = 0;
  #missing = 0;
  #isInBody = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Packets that are complete with this chunk. Throws where the bytes cannot be MQTT. */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (!this.#isInBody) {
        this.#readFixed(chunk[at++] as number);
      } else {
        const taken = Math.min(this.#missing, chunk.length - at);
        this.#keep(chunk.subarray(at, at + taken));
        this.#missing -= taken;
        at += taken;
      }
      if (this.#isInBody && this.#missing === 0) frames.push(this.#cut());
    }
    return frames;
  }

  #readFixed(byte: number): void {
    this.#fixed.push(byte);
    if (this.#fixed.length === 1) return;
    if (byte >= 128) {
      if (this.#fixed.length === 5) throw new Error('malformed packet: its length has more than four bytes');
      return;
    }
    this.#missing = this.#length();
    this.#isInBody = true;
    if (this.#type() !== PUBLISH && this.#missing > LARGEST_OTHER) throw new Error('malformed packet: too large');
  }

  #keep(part: Buffer): void {
    const room = this.#isOversized() ? LARGEST_HEAD - this.#kept : part.length;
    if (room <= 0) return;
    const kept = part.subarray(0, room);
    this.#parts.push(kept);
    this.#kept += kept.length;
  }

  #cut(): Frame {
    const frame: Frame = {
      type: this.#type(),
      flags: (this.#fixed[0] as number) & 15,
      bytes: Buffer.concat([Buffer.from(this.#fixed), ...this.#parts]),
      bodyAt: this.#fixed.length,
      length: this.#length(),
      isOversized: this.#isOversized(),
    };
    this.#fixed = [];
    this.#parts = [];
    this.#kept = 0;
    this.#isInBody = false;
    return frame;
  }

  #type(): number {
    return (this.#fixed[0] as number) >> 4;
  }

  #length(): number {
    return this.#fixed.slice(1).reduce((sum, byte, index) => sum + (byte & 127) * 128 ** index, 0);
  }

  #isOversized(): boolean {
    return this.#type() === PUBLISH && this.#length() > this.#limit;
  }
}
