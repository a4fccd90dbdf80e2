import { createContext, Script } from 'node:vm';

/** Nothing else runs meanwhile; an honest pattern needs far less for a message. */
const MOST_MS = 100;

const script = new Script('pattern.exec(text)');
let context: { pattern?: RegExp; text?: string } | undefined;

/**
 * A pattern inside an expression, in place of RegExp. Some patterns take exponential time on a text made for it, and
 * JSONata's own limit counts its steps, of which the whole search is one: here a search that takes too long throws.
 */
export class BoundedPattern {
  readonly #pattern: RegExp;

  constructor(pattern: RegExp | string) {
    this.#pattern = new RegExp(pattern);
  }

  get lastIndex(): number {
    return this.#pattern.lastIndex;
  }

  set lastIndex(index: number) {
    this.#pattern.lastIndex = index;
  }

  exec(text: string): RegExpExecArray | null {
    // Built with the first pattern: most configurations have none.
    context ??= createContext(Object.create(null) as object);
    Object.assign(context, { pattern: this.#pattern, text });
    try {
      return script.runInContext(context, { timeout: MOST_MS }) as RegExpExecArray | null;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      throw new Error(`the pattern /${this.#pattern.source}/ takes too long for this text`, { cause: error });
    } finally {
      delete context.text;
    }
  }
}
