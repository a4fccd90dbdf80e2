/** In one row: more than a year, in few bytes. A multiple of 8. */
const STRETCH = 512;

/** Days that lie in one stretch, a bit for each. A day is told by its number since 1970. */
export class DayBits {
  readonly stretch: number;
  readonly #bytes = new Uint8Array(STRETCH / 8);

  /** With no day. */
  constructor(stretch: number) {
    this.stretch = stretch;
  }

  /** As `packed` gave them. */
  static unpacked(first: number, bytes: Uint8Array): DayBits {
    const bits = new DayBits(stretchOf(first));
    bits.#bytes.set(bytes, (first - bits.dayAt(0)) / 8);
    return bits;
  }

  /** Whether that can have come from `packed`. */
  static isPacked(first: unknown, bytes: unknown): boolean {
    if (typeof first !== 'number' || first % 8 !== 0 || !(bytes instanceof Uint8Array)) return false;
    return first + bytes.length * 8 <= (stretchOf(first) + 1) * STRETCH;
  }

  get isEmpty(): boolean {
    return this.#bytes.every((byte) => byte === 0);
  }

  /** Of a day of the stretch. */
  has(day: number): boolean {
    const place = day - this.dayAt(0);
    return ((this.#bytes[place >>> 3] as number) & (1 << (place & 7))) !== 0;
  }

  /** Of a day of the stretch; false where it is there already. */
  add(day: number): boolean {
    const place = day - this.dayAt(0);
    const byte = this.#bytes[place >>> 3] as number;
    const bit = 1 << (place & 7);
    if ((byte & bit) !== 0) return false;
    this.#bytes[place >>> 3] = byte | bit;
    return true;
  }

  /** Takes those of the same stretch away. */
  remove(others: DayBits): void {
    for (const [index, byte] of others.#bytes.entries()) this.#bytes[index] = (this.#bytes[index] as number) & ~byte;
  }

  /** Of the days that are there, in order, from 0. */
  places(): number[] {
    const places: number[] = [];
    for (let place = 0; place < STRETCH; place += 1)
      if ((((this.#bytes[place >>> 3] as number) >>> (place & 7)) & 1) === 1) places.push(place);
    return places;
  }

  dayAt(place: number): number {
    return this.stretch * STRETCH + place;
  }

  /** The bytes that say something, and the day that their first bit stands for. */
  packed(): { readonly first: number; readonly bytes: Uint8Array } {
    const isUsed = (byte: number): boolean => byte !== 0;
    const from = Math.max(0, this.#bytes.findIndex(isUsed));
    return {
      first: this.dayAt(from * 8),
      bytes: this.#bytes.subarray(from, this.#bytes.findLastIndex(isUsed) + 1),
    };
  }
}

/** In which a day lies. */
export function stretchOf(day: number): number {
  return Math.floor(day / STRETCH);
}
