import type { BenchCase } from '../bench-case.ts';
import { job } from '../job.ts';

const BATCH = 35;
/** A sync an hour, and one after midnight. */
const SYNCS = 25;
const ATTRIBUTES = 40;

/** Requests that reach Exist; their number is judged, not their time. */
export const existCases: readonly BenchCase[] = [
  {
    name: 'exist-month',
    title: `Requests to Exist over 30 days on a moved clock, ${ATTRIBUTES} attributes that all change each hour; a day with ten times as many`,
    mostRounds: 1,
    contenders: [
      job('dayfold', 'exist-month.ts', ({ folder, isQuick }) => [folder, ATTRIBUTES, isQuick ? 1 : 30]),
      job('dayfold, 10 × attributes', 'exist-month.ts', ({ folder }) => [folder, 10 * ATTRIBUTES, 1]),
    ],
    bounds: [...boundsOf('dayfold', ATTRIBUTES), ...boundsOf('dayfold, 10 × attributes', 10 * ATTRIBUTES)],
  },
];

function boundsOf(of: string, attributes: number): Required<Pick<BenchCase, 'bounds'>>['bounds'] {
  return [
    { figure: 'updates_a_day', of, most: SYNCS * Math.ceil(attributes / BATCH) },
    { figure: 'unneeded', of, most: 0 },
  ];
}
