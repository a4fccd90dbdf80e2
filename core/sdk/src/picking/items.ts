import { compileExpression } from './expression.ts';

/**
 * Compiles an `items` option: which records a whole document holds. Without one these are the elements of a list, or of
 * `items` in an object, or the object itself. A single object is a list of one; nothing is an empty list.
 */
export function itemsOf(text?: string): (document: unknown) => Promise<readonly unknown[]> {
  if (text === undefined) return (document) => Promise.resolve(listOf(inner(document)));
  const compiled = compileExpression(text);
  return async (document) => listOf(await compiled.evaluate(document));
}

function inner(document: unknown): unknown {
  const isObject = typeof document === 'object' && document !== null && !Array.isArray(document);
  const items = isObject && Object.hasOwn(document, 'items') ? (document as { items: unknown }).items : undefined;
  return Array.isArray(items) ? items : document;
}

function listOf(found: unknown): readonly unknown[] {
  if (found === undefined || found === null) return [];
  return Array.isArray(found) ? (found as unknown[]) : [found];
}
