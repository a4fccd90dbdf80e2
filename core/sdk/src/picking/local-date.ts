import { formatted, isRealDate } from './times.ts';

const DATE = /^(\d{4})[-/](\d\d?)[-/](\d\d?)(?:[T\s].*)?$/;

/** The calendar date a record states, `YYYY-MM-DD`; a time of day behind it is cut. Undefined when there is no such day. */
export function localDateOf(value: unknown, format?: string): string | undefined {
  if (typeof value !== 'string') {
    // Numbers are days only where a format says how: 20240331 with YYYYMMDD.
    return typeof value === 'number' && format !== undefined ? localDateOf(String(value), format) : undefined;
  }
  if (value !== latest.value || format !== latest.format) latest = { value, format, date: dateIn(value, format) };
  return latest.date;
}

/** All series of a row look at the same date. */
let latest: { readonly value: string; readonly format: string | undefined; readonly date: string | undefined } = {
  value: '',
  format: undefined,
  date: undefined,
};

function dateIn(value: string, format: string | undefined): string | undefined {
  const text = value.trim();
  if (format !== undefined) return formatted(text, format)?.slice(0, 10);
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (!isRealDate(Number(year), Number(month), Number(day))) return undefined;
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}
