import type { Path } from './mistakes.ts';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** Where keys and values stand in the file. A place that is not in the file is given as the nearest thing around it. */
export class Positions {
  readonly #keys = new Map<string, Position>();
  readonly #values = new Map<string, Position>();

  set(path: Path, value: Position, key: Position | undefined): void {
    const name = nameOf(path);
    this.#values.set(name, value);
    if (key !== undefined) this.#keys.set(name, key);
  }

  at(path: Path): Position {
    return this.#nearest(path, this.#values);
  }

  /** Of the key, for mistakes about the key itself or about something missing under it. */
  keyAt(path: Path): Position {
    return this.#nearest(path, this.#keys);
  }

  #nearest(path: Path, first: ReadonlyMap<string, Position>): Position {
    for (let length = path.length; length >= 0; length--) {
      const name = nameOf(path.slice(0, length));
      const position = first.get(name) ?? this.#keys.get(name) ?? this.#values.get(name);
      if (position !== undefined) return position;
    }
    return { line: 1, column: 1 };
  }
}

export function nameOf(path: Path): string {
  return path.map(String).join('\u0000');
}
