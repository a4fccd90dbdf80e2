import type { Value } from '@dayfold/sdk';
import { numberOf } from './number-of.ts';

/** Exist's limit for a text, in code points. */
export const LONGEST_TEXT = 1000;

/** One text for one value, however its number was written. */
export function textOf(value: Value): string {
  const number = typeof value === 'string' ? numberOf(value) : undefined;
  const text = String(value).trim();
  // Digits that a float cannot hold, and leading zeros, are a name rather than a number.
  return number !== undefined && String(number).length >= text.length ? String(number) : text;
}

/** As many whole texts as fit; the first is cut when it alone is too long. */
export function joined(texts: readonly string[], separator: string): string | undefined {
  const gap = [...separator].length;
  let length = 0;
  const fitting: string[] = [];
  for (const text of texts) {
    const added = [...text].length + (fitting.length === 0 ? 0 : gap);
    if (length + added > LONGEST_TEXT) break;
    fitting.push(text);
    length += added;
  }
  const [first] = texts;
  if (fitting.length === 0) return first === undefined ? undefined : [...first].slice(0, LONGEST_TEXT).join('');
  return fitting.join(separator);
}
