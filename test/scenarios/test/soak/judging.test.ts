import type { LoggedCall } from '@dayfold/exist-twin';
import { expect, test } from 'vitest';
import { GOOD_MANNERS } from '../../src/manners.ts';
import { differences, unmannerly } from '../../src/soak/judging.ts';

const HOUR_MS = 3_600_000;
const NONE: ReadonlySet<number> = new Set();

function update(at: number, value: number): LoggedCall {
  return { at, endpoint: 'update', status: 200, items: [{ name: 'steps', date: '2026-03-10', value }] };
}

test('a value that is missing, wrong or too many is named', () => {
  const wanted = { steps: { '2026-03-10': 5, '2026-03-11': 6 } };
  expect(differences('in Exist', wanted, wanted)).toEqual([]);
  expect(differences('in Exist', wanted, { steps: { '2026-03-10': 4 }, other: { '2026-03-10': 1 } })).toEqual([
    'in Exist steps of 2026-03-10 is 4 and must be 5',
    'in Exist steps of 2026-03-11 is undefined and must be 6',
    'in Exist other of 2026-03-10 is 1 and must be undefined',
  ]);
});

test('a sync within an hour and a value sent again are complaints, unless a call failed shortly before', () => {
  const calls = [update(0, 1), update(10 * HOUR_MS, 2), update(10.5 * HOUR_MS, 2)];
  expect(unmannerly(calls, GOOD_MANNERS, NONE)).toHaveLength(2);
  expect(unmannerly(calls, GOOD_MANNERS, new Set([9]))).toEqual([]);
  expect(unmannerly(calls, GOOD_MANNERS, new Set([3]))).toHaveLength(2);
  expect(unmannerly(calls.slice(0, 2), GOOD_MANNERS, NONE)).toEqual([]);
  expect(unmannerly([], { ...GOOD_MANNERS, ownedAgain: ['steps'] }, NONE)).toEqual(['manners: ownedAgain ["steps"]']);
});
