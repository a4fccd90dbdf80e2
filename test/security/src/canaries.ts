import { spellings } from '@dayfold/runtime';

/** Secrets that each would be told from any other text, by the place they are put. */
export class Canaries {
  readonly #texts = new Map<string, string>();

  /** With characters that URLs and base64 write in another way. */
  of(place: string): string {
    const text = `kanari/${place}+Qx7zT=`;
    this.#texts.set(place, text);
    return text;
  }

  /** Where one of them shows in a text, in whatever spelling, whole or its first two thirds. */
  seenIn(text: string): readonly string[] {
    return [...this.#texts]
      .filter(([, secret]) =>
        spellings(secret).some((form) => text.includes(form.slice(0, Math.ceil((form.length * 2) / 3)))),
      )
      .map(([place]) => place);
  }
}
