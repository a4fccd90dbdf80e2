import { AttributeIndex, createCalendar, createMemoryStore, DayFolding, FakeClock, Intake } from '@dayfold/runtime';
import type { AttributeConfiguration, FoldSpec, Store } from '@dayfold/runtime';
import type { Reading } from '@dayfold/sdk';
import { openMemoryStore } from '@dayfold/store-sqlite';
import fc from 'fast-check';
import process from 'node:process';
import { expect, test } from 'vitest';

const MINUTE = 60_000;
const GLITCH = { kind: 'increase', glitchMs: 15 * MINUTE, resets: true, base: undefined } as const;
const FOLDS: readonly FoldSpec[] = [
  { kind: 'sum' },
  { kind: 'median' },
  { kind: 'first' },
  { kind: 'last' },
  GLITCH,
  { kind: 'time_mean' },
  { kind: 'time_in', condition: { test: '>', than: 20 } },
  { kind: 'count_changes', to: undefined },
  { kind: 'join', separator: ', ' },
];
const ATTRIBUTES = FOLDS.map((fold, index): AttributeConfiguration => ({
  name: `a${index}`,
  account: 'me',
  from: ['home.a', 'home.b'],
  combine: 'first',
  fold,
  when: undefined,
  span: index % 2 === 0 ? 'end' : 'split',
  staleMs: 24 * 60 * MINUTE,
  unit: undefined,
  scale: 1,
  offset: 0,
  round: undefined,
  write: 'total',
  template: undefined,
  label: `A${index}`,
  group: 'health',
  type: fold.kind === 'join' ? 'string' : 'float',
  targetUnit: undefined,
}));
/** The clocks go back on the first day, forward on the second pair's. */
const STARTS = ['2026-10-24T22:00:00Z', '2026-03-28T23:00:00Z'].map((time) => Date.parse(time));

/** A message and what a broker may deliver again of it. */
const MOST_COPIES = 6;
/** A failure names its seed and path; as many runs as one has time for are asked for by name. */
const RUNS = Number(process.env['DAYFOLD_PROPERTY_RUNS'] ?? 60);

const point = fc.record({
  series: fc.constantFrom('a', 'a', 'b'),
  minutes: fc.integer({ min: 0, max: 4 * 1440 }),
  value: fc.oneof(fc.integer({ min: 0, max: 90 }), fc.constantFrom('open', 'unavailable', true, 0.1)),
  kind: fc.constantFrom('time', 'time', 'id', 'span', 'date'),
});
const course = fc.record({
  start: fc.constantFrom(...STARTS),
  points: fc.array(point, { minLength: 1, maxLength: 25 }),
  order: fc.infiniteStream(fc.nat()),
  copies: fc.infiniteStream(fc.integer({ min: 1, max: MOST_COPIES })),
  batch: fc.integer({ min: 1, max: 7 }),
});

const LIMIT_MS = 60_000 + RUNS * 1000;

test(
  'whatever the order, the batches, up to five repetitions, folds in between and restarts: the same readings give the same days',
  async () => {
    await fc.assert(
      fc.asyncProperty(course, async ({ start, points, order, copies, batch }) => {
        const readings = points.map((each, index) => readingOf(each, index, start));
        const now = start + 5 * 1440 * MINUTE;
        const expected = await valuesOf(createMemoryStore(), now, [readings]);
        const all = readings.flatMap((reading) => Array.from({ length: copies.next().value as number }, () => reading));
        const keys = all.map((reading) => ({ reading, key: order.next().value as number }));
        const shuffled = keys.toSorted((left, right) => left.key - right.key).map(({ reading }) => reading);
        const batches: Reading[][] = [];
        for (let from = 0; from < shuffled.length; from += batch) batches.push(shuffled.slice(from, from + batch));
        expect(await valuesOf(openMemoryStore(), now, batches)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  },
  LIMIT_MS,
);

function readingOf({ series, minutes, value, kind }: Point, index: number, start: number): Reading {
  const time = start + minutes * MINUTE;
  switch (kind) {
    case 'id':
      return { series, value, time, id: `id-${index}` };
    case 'span':
      return { series, value: 7, start: time - 90 * MINUTE, end: time };
    case 'date':
      return { series, value, date: new Date(time).toISOString().slice(0, 10), id: `date-${index}` };
    default:
      return { series, value, time };
  }
}
type Point = typeof point extends fc.Arbitrary<infer T> ? T : never;

/** A process takes each batch, folds and is gone: the next begins with what is stored. */
async function valuesOf(store: Store, now: number, batches: readonly (readonly Reading[])[]): Promise<unknown> {
  await using opened = store;
  const calendar = createCalendar({ zones: [{ from: 0, zone: 'Europe/Berlin' }], dayStartsMin: 0 });
  const clock = new FakeClock(now);
  for (const [index, batch] of batches.entries()) {
    const attributes = new AttributeIndex(ATTRIBUTES);
    const intake = new Intake(opened.journal, clock, calendar, attributes, { commitEveryMs: 5000 });
    const stored = intake.emit('home', batch, {}, () => undefined);
    await intake.flush();
    await stored;
    if (index % 2 === 0) await new DayFolding(opened.journal, opened.attributeDays, attributes, calendar, clock).fold();
    // The tail is sorted into pages in the middle of it.
    if (index === 1) await opened.journal.prune(0, new Set());
  }
  await new DayFolding(opened.journal, opened.attributeDays, new AttributeIndex(ATTRIBUTES), calendar, clock).fold();
  const days = await opened.attributeDays.list({});
  return days
    .filter(({ wanted, reason }) => wanted !== undefined || reason !== undefined)
    .map(({ attribute, date, wanted, reason, readings }) => ({ attribute, date, wanted, reason, readings }));
}
