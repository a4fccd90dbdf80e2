import { isDayName } from '@dayfold/runtime';
import type { DayName } from '@dayfold/runtime';
import { InvalidArgumentError } from 'commander';

/** A date of the command line. */
export function dayArgument(text: string): DayName {
  if (isDayName(text)) return text;
  throw new InvalidArgumentError('expected a date such as 2026-03-29, or today, or yesterday.');
}
