export const PUBLISH = 3;

/** One MQTT control packet as it came, in place: the bytes of others may stand around it. Good until the next is handed over. */
export interface Frame {
  /** The upper half of the first byte: MQTT 3.1.1, section 2.2.1. */
  readonly type: number;
  /** Lower half of the first byte. */
  readonly flags: number;
  readonly bytes: Buffer;
  readonly start: number;
  /** Where the variable header starts. */
  readonly bodyAt: number;
  /** Behind the packet; of an oversized PUBLISH behind what is kept of it, its variable header. */
  readonly end: number;
  /** Length that the packet claims for all behind the fixed header. */
  readonly length: number;
  readonly isOversized: boolean;
}

/** A topic of 65,535 bytes with its length and the message id: enough to acknowledge what is too large to keep. */
const LARGEST_HEAD = 65_535 + 4;
/** Nothing but PUBLISH has a reason to be larger. */
const LARGEST_OTHER = 1024 * 1024;
/** Of a fixed header: one byte and a length of at most four. */
const LARGEST_FIXED = 5;

/**
 * Cuts a byte stream into MQTT packets by their remaining length. A packet that came whole is handed over in place, without
 * a copy; one that came in pieces is put together.
 *
 * What an oversized PUBLISH carries beyond its head is dropped as it comes in, so memory stays within `limit`.
 */
export class FrameCutter {
  readonly #limit: number;
  /** Of a packet that is not complete. */
  #parts: Buffer[] = [];
  #kept = 0;
  /** Still to come of it; undefined until its fixed header is complete. */
  #missing: number | undefined;
  /** One for all: a new one for each packet would be most of what cutting costs. */
  readonly #frame: { -readonly [Key in keyof Frame]: Frame[Key] } = {
    type: 0,
    flags: 0,
    bytes: Buffer.alloc(0),
    start: 0,
    bodyAt: 0,
    end: 0,
    length: 0,
    isOversized: false,
  };

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Hands over the packets that are complete with this chunk. Throws where the bytes cannot be MQTT. */
  push(chunk: Buffer, take: (frame: Frame) => void): void {
    if (this.#parts.length === 0) this.#cut(chunk, 0, take);
    else if (this.#missing === undefined) {
      const bytes = Buffer.concat([...this.#parts, chunk]);
      this.#forget();
      this.#cut(bytes, 0, take);
    } else this.#continue(chunk, this.#missing, take);
  }

  #continue(chunk: Buffer, missing: number, take: (frame: Frame) => void): void {
    const taken = Math.min(missing, chunk.length);
    this.#keep(chunk.subarray(0, taken));
    this.#missing = missing - taken;
    if (taken < missing) return;
    const bytes = Buffer.concat(this.#parts);
    this.#forget();
    if (this.#beginsAt(bytes, 0)) {
      this.#frame.end = bytes.length;
      take(this.#frame);
    }
    this.#cut(chunk, taken, take);
  }

  #cut(bytes: Buffer, from: number, take: (frame: Frame) => void): void {
    const frame = this.#frame;
    let at = from;
    while (at < bytes.length && this.#beginsAt(bytes, at)) {
      const { type, bodyAt, length, isOversized } = frame;
      if (type !== PUBLISH && length > LARGEST_OTHER) throw new Error('malformed packet: too large');
      const end = bodyAt + length;
      if (end > bytes.length) {
        this.#keep(bytes.subarray(at));
        this.#missing = end - bytes.length;
        return;
      }
      frame.end = isOversized ? Math.min(end, bodyAt + LARGEST_HEAD) : end;
      take(frame);
      at = end;
    }
    if (at < bytes.length) this.#keep(bytes.subarray(at));
  }

  /** Reads a fixed header (MQTT 3.1.1, section 2.2) into the frame, but for where it ends; false while bytes are missing. */
  #beginsAt(bytes: Buffer, start: number): boolean {
    const frame = this.#frame;
    let length = 0;
    let factor = 1;
    for (let index = start + 1; index < bytes.length; index += 1) {
      const byte = bytes[index] as number;
      length += (byte & 127) * factor;
      if (byte < 128) {
        const first = bytes[start] as number;
        frame.type = first >> 4;
        frame.flags = first & 15;
        frame.bytes = bytes;
        frame.start = start;
        frame.bodyAt = index + 1;
        frame.length = length;
        frame.isOversized = first >> 4 === PUBLISH && length > this.#limit;
        return true;
      }
      if (index === start + 4) throw new Error('malformed packet: its length has more than four bytes');
      factor *= 128;
    }
    return false;
  }

  #keep(part: Buffer): void {
    const [first = part] = this.#parts;
    const isKnown = this.#kept + part.length >= LARGEST_FIXED && this.#beginsAt(first, 0);
    const { isOversized, bodyAt } = this.#frame;
    const room = isKnown && isOversized ? bodyAt + LARGEST_HEAD - this.#kept : part.length;
    if (room <= 0) return;
    // A copy: the chunk is the socket's, and a small rest would hold on to all of it.
    const kept = Buffer.from(part.subarray(0, room));
    this.#parts.push(kept);
    this.#kept += kept.length;
  }

  #forget(): void {
    this.#parts = [];
    this.#kept = 0;
    this.#missing = undefined;
  }
}
