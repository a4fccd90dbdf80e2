export type { BenchCase, Contender, Figures, Run } from './bench-case.ts';
export { CASES } from './cases/index.ts';
export { buildDayfold } from './dayfold.ts';
export { resultOf, tableOf } from './report.ts';
export type { CaseResult } from './report.ts';
export { runRounds } from './rounds.ts';
export { spreadOf } from './statistics.ts';
