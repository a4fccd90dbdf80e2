import { inspect } from 'node:util';

const SHOWN = '[secret]';

/** A text that shows itself nowhere: not in a log, an error, JSON or a template. Whoever sends or stores it asks for it. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself; for the border alone: a header, a form, a row of the store, a list of what to hide. */
  reveal(): string {
    return this.#text;
  }

  /** `===` tells whether two are the same object, which is never meant. */
  equals(other: Secret | undefined): boolean {
    return other !== undefined && other.#text === this.#text;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [Symbol.toPrimitive](): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
