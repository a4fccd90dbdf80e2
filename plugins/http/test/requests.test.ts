import { expect, test } from 'vitest';
import { retryAfterOf } from '../src/requests.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const DAY_MS = 24 * 3_600_000;

test('the wait that a server asks for is read in both notations, and is a day at the most', () => {
  expect(retryAfterOf('120', NOW)).toBe(120_000);
  expect(retryAfterOf('Tue, 10 Mar 2026 12:05:00 GMT', NOW)).toBe(300_000);
  expect(retryAfterOf('Mon, 09 Mar 2026 12:00:00 GMT', NOW)).toBe(0);
  for (const long of ['99999999999', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])
    expect(retryAfterOf(long, NOW), long).toBe(DAY_MS);
  for (const none of [undefined, '', 'soon', '__proto__']) expect(retryAfterOf(none, NOW), none).toBeUndefined();
});
