import { createRequire } from 'node:module';
import type jsonata from 'jsonata';
import { z } from 'zod';
import { BoundedPattern } from './bounded-pattern.ts';
import { MEETS_LIST, namedPath, plainPath } from './plain-path.ts';

export { MEETS_LIST };

export interface CompiledExpression {
  /**
   * Set for plain paths: answers at once, from own properties only. Answers `MEETS_LIST` where the path meets a list
   * without an index; then `evaluate` knows.
   */
  readonly fast: ((input: unknown) => unknown) | undefined;
  evaluate(input: unknown): Promise<unknown>;
}

/** An endless expression would starve the event loop; no honest one needs a second for a message. */
const LIMITS = { timeout: 1000, stack: 500, RegexEngine: BoundedPattern as unknown as RegExpConstructor };

let load: typeof jsonata | undefined;

/** Compiles a JSONata expression; throws an Error that says what is wrong and at which character. */
export function compileExpression(text: string): CompiledExpression {
  const named = namedPath(text);
  let compiled = named === undefined ? parse(text) : undefined;
  const fast = named ?? plainPath((compiled as jsonata.Expression).ast());
  const evaluateWhole = async (input: unknown): Promise<unknown> => {
    try {
      compiled ??= parse(text);
      return plain(await compiled.evaluate(input));
    } catch (error) {
      throw new Error(`"${text}": ${messageOf(error)}`, { cause: error });
    }
  };
  return {
    fast,
    async evaluate(input) {
      const value = fast?.(input);
      return fast === undefined || value === MEETS_LIST ? evaluateWhole(input) : value;
    },
  };
}

/** An option that holds a JSONata expression. */
export function expression() {
  return z
    .string()
    .min(1)
    .superRefine((text, context) => {
      if (namedPath(text) !== undefined) return;
      try {
        parse(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message, input: text });
      }
    });
}

function parse(text: string): jsonata.Expression {
  // Loaded with the first expression that is more than names: most homes have none, and it takes time and memory.
  load ??= createRequire(import.meta.url)('jsonata') as typeof jsonata;
  try {
    return load(text, LIMITS);
  } catch (error) {
    const { position } = error as { position?: number };
    const where = position === undefined ? '' : ` at character ${position}`;
    throw new Error(`"${text}" is not a JSONata expression: ${messageOf(error)}${where}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return (error as { message?: string }).message ?? String(error);
}

/** jsonata marks its lists with extra properties; what leaves here is plain. */
function plain(value: unknown): unknown {
  return Array.isArray(value) ? Array.from(value as unknown[]) : value;
}
