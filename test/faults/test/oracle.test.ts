import { expect, test } from 'vitest';
import { Oracle, dayIn } from '../src/oracle.ts';

const NOON = Date.parse('2026-10-25T11:00:00Z');

test('values are what was sent, by the local day of the zone', () => {
  const oracle = new Oracle(dayIn('Europe/Berlin'));
  const lateEvening = Date.parse('2026-10-25T22:59:59Z');
  for (const [value, at] of [
    [100, NOON],
    [104, lateEvening],
    [109, lateEvening + 1000],
  ] as const) {
    oracle.sent({ series: 'meter', key: String(at), value, at });
    oracle.sent({ series: 'drops', key: String(at), value, at });
  }
  expect(oracle.values()).toMatchObject({
    growth: { '2026-10-25': 4, '2026-10-26': 5 },
    drops: { '2026-10-25': 204, '2026-10-26': 109 },
  });
});

test('what the broker forgot may be missing, and counts where it was stored', () => {
  const oracle = new Oracle(dayIn('Europe/Berlin'));
  const [kept, gone] = [1, 2].map((value) => ({ series: 'drops' as const, key: `${value}`, value, at: NOON }));
  for (const reading of [kept!, gone!]) {
    oracle.sent(reading);
    oracle.mayBeMissing(reading);
  }
  expect(oracle.judge('drops', ['1'])).toEqual({ lost: [], doubled: [] });
  expect(oracle.values()['drops']).toEqual({ '2026-10-25': 1 });
  expect(oracle.judge('drops', ['1', '1'])).toEqual({ lost: [], doubled: ['drops 1 (2 times)'] });
});
