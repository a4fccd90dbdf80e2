export const PUBLISH = 3;

/** One MQTT control packet as it came, in place: the bytes of others may stand around it. */
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
    const header = headerAt(bytes, 0);
    if (header !== undefined) take(this.#frame(bytes, 0, header.bodyAt, bytes.length, header.length));
    this.#cut(chunk, taken, take);
  }

  #cut(bytes: Buffer, from: number, take: (frame: Frame) => void): void {
    let at = from;
    while (at < bytes.length) {
      const header = headerAt(bytes, at);
      if (header === undefined) break;
      const { bodyAt, length } = header;
      const type = (bytes[at] as number) >> 4;
      if (type !== PUBLISH && length > LARGEST_OTHER) throw new Error('malformed packet: too large');
      const end = bodyAt + length;
      if (end > bytes.length) {
        this.#keep(bytes.subarray(at));
        this.#missing = end - bytes.length;
        return;
      }
      const isOversized = type === PUBLISH && length > this.#limit;
      take(this.#frame(bytes, at, bodyAt, isOversized ? Math.min(end, bodyAt + LARGEST_HEAD) : end, length));
      at = end;
    }
    if (at < bytes.length) this.#keep(bytes.subarray(at));
  }

  #frame(bytes: Buffer, start: number, bodyAt: number, end: number, length: number): Frame {
    const first = bytes[start] as number;
    const type = first >> 4;
    return {
      type,
      flags: first & 15,
      bytes,
      start,
      bodyAt,
      end,
      length,
      isOversized: type === PUBLISH && length > this.#limit,
    };
  }

  #keep(part: Buffer): void {
    const [first] = this.#parts.length === 0 ? [part] : this.#parts;
    const header = this.#kept + part.length < LARGEST_FIXED ? undefined : headerAt(first as Buffer, 0);
    const isOversized =
      header !== undefined && ((first as Buffer)[0] as number) >> 4 === PUBLISH && header.length > this.#limit;
    const room = isOversized ? header.bodyAt + LARGEST_HEAD - this.#kept : part.length;
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

/** Undefined while bytes are missing. */
function headerAt(bytes: Buffer, at: number): { readonly bodyAt: number; readonly length: number } | undefined {
  let length = 0;
  let factor = 1;
  for (let index = at + 1; index < bytes.length; index += 1) {
    const byte = bytes[index] as number;
    length += (byte & 127) * factor;
    if (byte < 128) return { bodyAt: index + 1, length };
    if (index === at + 4) throw new Error('malformed packet: its length has more than four bytes');
    factor *= 128;
  }
  return undefined;
}
