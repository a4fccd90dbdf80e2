const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** The number a text states in decimal notation and nothing else: no hex, no thousands, no spaces inside. */
export function strictNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (!DECIMAL.test(trimmed)) return undefined;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : undefined;
}

/** The same for notations with a decimal comma, where dots may group thousands: `1.234,5`. */
export function strictCommaNumber(text: string): number | undefined {
  const trimmed = text.trim();
  const isGrouped = /^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?$/.test(trimmed);
  if (!isGrouped && trimmed.includes('.')) return undefined;
  return strictNumber(trimmed.replaceAll('.', '').replace(',', '.'));
}
