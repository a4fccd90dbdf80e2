import type { Value } from '@dayfold/sdk';
import type { Condition } from './configuration.ts';

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly path?: readonly string[]; readonly suggestion?: string };

/** Reads `"> 20"`, `"= open"`, `"20..30"`, `"in [a, b]"`, and `true` or a number alone, which mean "equal to this". */
export function parseCondition(input: unknown): Parsed<Condition> {
  if (typeof input === 'boolean' || typeof input === 'number') return parsed({ test: '=', value: input });
  if (typeof input !== 'string') return { ok: false, message: EXPECTED };
  const text = input.trim();
  const range = RANGE.exec(text);
  if (range !== null) return between(Number(range[1]), Number(range[2]));
  const list = /^in\s*\[(.*)\]$/s.exec(text);
  if (list !== null) return among(list[1] ?? '');
  const comparison = /^(>=|<=|!=|==|=|>|<)\s*(.*)$/s.exec(text);
  if (comparison !== null) return compared(comparison[1] ?? '', (comparison[2] ?? '').trim());
  if (/^(?:true|false)$/.test(text) || NUMBER.test(text)) return parsed({ test: '=', value: literal(text) });
  if (/^[\p{L}_][\p{L}\p{N}_ -]*$/u.test(text) && !/^in\b/.test(text)) {
    return { ok: false, message: `${EXPECTED}; write "= VALUE" for a state` };
  }
  return { ok: false, message: EXPECTED };
}

const EXPECTED = 'expected a condition such as "> 20", "= open", "!= off", "20..30" or "in [a, b]"';
const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const RANGE = /^([+-]?\d+(?:\.\d+)?)\s*\.\.\s*([+-]?\d+(?:\.\d+)?)$/;

function parsed(value: Condition): Parsed<Condition> {
  return { ok: true, value };
}

function between(low: number, high: number): Parsed<Condition> {
  if (low > high) return { ok: false, message: 'expected a range from the lower to the higher number' };
  return parsed({ test: 'between', low, high });
}

function among(items: string): Parsed<Condition> {
  const texts = items.match(/"[^"]*"|'[^']*'|[^,]+/g)?.map((text) => text.trim()) ?? [];
  if (texts.length === 0 || texts.some((text) => text === '')) {
    return { ok: false, message: 'expected values between the brackets, such as "in [a, b]"' };
  }
  return parsed({ test: 'in', values: texts.map(literal) });
}

function compared(operator: string, operand: string): Parsed<Condition> {
  if (operand === '' || /^[<>=!]/.test(operand)) return { ok: false, message: EXPECTED };
  if (operator === '=' || operator === '==') return parsed({ test: '=', value: literal(operand) });
  if (operator === '!=') return parsed({ test: '!=', value: literal(operand) });
  const than = NUMBER.test(operand) ? Number(operand) : Number.NaN;
  if (!Number.isFinite(than)) return { ok: false, message: `expected a number after "${operator}"` };
  return parsed({ test: operator as '>' | '>=' | '<' | '<=', than });
}

/** Quotes keep a number or a truth value text. */
function literal(text: string): Value {
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  if (quoted !== null) return quoted[2] ?? '';
  if (NUMBER.test(text) && Number.isFinite(Number(text))) return Number(text);
  if (text === 'true') return true;
  if (text === 'false') return false;
  return text;
}
