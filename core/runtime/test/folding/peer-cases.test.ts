import type { Value } from '@dayfold/sdk';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { LocalDay } from '../../src/day/calendar.ts';
import { nextDay } from '../../src/day/local-days.ts';
import { toWire } from '../../src/folding/index.ts';
import type { Observation } from '../../src/folding/index.ts';
import { attributeOf, calendarOf, folded } from './samples.ts';

const FILE = new URL('../../../../../shared/fixtures/peer-cases/cases.json', import.meta.url);
const Case = z.object({
  id: z.string(),
  op: z.string(),
  tz: z.string(),
  params: z.looseObject({
    policy: z.string().optional(),
    baseline: z.number().optional(),
    perSeconds: z.number().optional(),
    round: z.number().optional(),
  }),
  input: z.array(z.union([z.string(), z.tuple([z.string(), z.union([z.number(), z.string()])])])),
  expected: z.unknown(),
  onlyDays: z.array(z.string()).optional(),
});
type Case = z.infer<typeof Case>;
const cases = existsSync(FILE) ? z.array(Case).parse(JSON.parse(readFileSync(FILE, 'utf8'))) : [];

test('the fixtures of other projects are there', ({ skip }) => {
  if (cases.length === 0) skip('../shared/fixtures/peer-cases is absent');
  expect(cases.length).toBeGreaterThanOrEqual(7);
});

test.each(cases)('$id: $op in $tz gives what the peer states', (peer) => {
  switch (peer.op) {
    case 'daily-increase': {
      const values = valuesByDay(peer, increase(peer));
      expect(values).toMatchObject(peer.expected as object);
      return;
    }
    case 'daily-on': {
      const minutes = valuesByDay(peer, attributeOf({ time_in: '= ON' }, { staleMs: 7 * 86_400_000 }));
      const seconds = Object.fromEntries(Object.entries(minutes).map(([day, value]) => [day, Number(value) * 60]));
      expect(seconds).toMatchObject(peer.expected as object);
      return;
    }
    case 'total-increase': {
      const total = Object.values(valuesByDay(peer, increase(peer))).reduce(
        (sum: number, value) => sum + Number(value ?? 0),
        0,
      );
      expect({ total }).toEqual(peer.expected);
      return;
    }
    case 'integral': {
      const [value, ...others] = Object.values(
        valuesByDay(peer, attributeOf({ integral: 'h' }, { round: peer.params.round ?? 3 })),
      );
      expect(others).toEqual([]);
      expect(
        toWire(value ?? Number.NaN, attributeOf({ integral: 'h' }, { round: peer.params.round ?? 3 }), undefined),
      ).toEqual(peer.expected);
      return;
    }
    default: {
      expect(peer.op).toBe('day-bounds');
      const calendar = calendarOf(peer.tz);
      const bounds = peer.input.map((text) => calendar.bounds(calendar.dayOf(Date.parse(text as string))));
      const expected = peer.expected as readonly { start: string; end: string }[];
      expect(bounds).toEqual(expected.map(({ start, end }) => ({ start: Date.parse(start), end: Date.parse(end) })));
    }
  }
});

/** The peers know no dips that are soon over: every fall is a reset. */
function increase({ params }: Case) {
  return attributeOf({
    increase: {
      glitch: '0s',
      resets: params.policy !== 'signed',
      ...(params.baseline === undefined ? {} : { base: params.baseline }),
    },
  });
}

function valuesByDay(
  { tz, input }: Case,
  attribute: ReturnType<typeof attributeOf>,
): Record<LocalDay, Value | undefined> {
  const calendar = calendarOf(tz);
  const all = input.map(([time, value]): Observation => ({
    at: Date.parse(time as string),
    value: value as number | string,
  }));
  const days = all.map(({ at }) => calendar.dayOf(at)).toSorted();
  const values: Record<LocalDay, Value | undefined> = {};
  for (let day = days[0] as LocalDay; day <= (days.at(-1) as LocalDay); day = nextDay(day)) {
    values[day] = folded(attribute, all, { day, calendar }).value;
  }
  return values;
}
