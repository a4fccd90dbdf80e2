export type TwinValue = number | string;

export type Checked = { readonly ok: true; readonly value: TwinValue } | { readonly ok: false; readonly error: string };

const INTEGER_TYPES = new Set([0, 3, 4, 6]);
/** String, scale and both times of day: adding to them means nothing. */
const NOT_ADDABLE = new Set([2, 4, 6, 8]);
/** Quantity-like types begin their first day with 0, the others with null. */
const SEEDED_WITH_ZERO = new Set([0, 1, 3, 5, 7]);
const NOTE_LIMIT = 1000;

/** What Exist stores for a value sent to an attribute of this type, or why it refuses it. */
export function checkValue(valueType: number, value: unknown): Checked {
  if (value === null || value === undefined) return refused('Value cannot be null');
  if (INTEGER_TYPES.has(valueType)) {
    if (typeof value !== 'number') return refused('Value must be an integer');
    return Number.isSafeInteger(value) ? { ok: true, value } : refused('Cannot apply a float to an integer type');
  }
  switch (valueType) {
    case 1:
      return typeof value === 'number' ? { ok: true, value } : refused('Value must be a float');
    case 2:
      if (typeof value !== 'string') return refused('Value must be a string');
      return [...value].length <= NOTE_LIMIT
        ? { ok: true, value }
        : refused(`Value must be at most ${NOTE_LIMIT} characters`);
    case 5:
      return typeof value === 'number' && value >= 0 && value <= 1
        ? { ok: true, value }
        : refused('Value must be a float between 0 and 1');
    case 7:
      if (value === true || value === 1) return { ok: true, value: 1 };
      if (value === false || value === 0) return { ok: true, value: 0 };
      return refused('Value must be a boolean');
    case 8:
      return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 9
        ? { ok: true, value }
        : refused('Value must be an integer between 1 and 9');
    default:
      return refused(`Unknown value type ${valueType}`);
  }
}

export function checkDelta(valueType: number, delta: unknown): Checked {
  if (NOT_ADDABLE.has(valueType)) return refused('Cannot increment this type of attribute');
  if (typeof delta !== 'number') return refused('Value must be a number');
  if (INTEGER_TYPES.has(valueType) && !Number.isInteger(delta))
    return refused('Cannot apply a float to an integer type');
  return { ok: true, value: delta };
}

export function seedOf(valueType: number): 0 | null {
  return SEEDED_WITH_ZERO.has(valueType) ? 0 : null;
}

function refused(error: string): Checked {
  return { ok: false, error };
}
