import type { BenchCase } from '../bench-case.ts';
import { brokerCases } from './broker-cases.ts';
import { csvCases } from './csv-cases.ts';
import { existCases } from './exist-cases.ts';
import { growthCases } from './growth-cases.ts';
import { idleCases } from './idle-cases.ts';
import { nodeRedCases } from './node-red-cases.ts';
import { socketCases } from './socket-cases.ts';
import { startCases } from './start-cases.ts';
import { storeCases } from './store-cases.ts';

export const CASES: readonly BenchCase[] = [
  ...socketCases,
  ...brokerCases,
  ...growthCases,
  ...nodeRedCases,
  ...startCases,
  ...idleCases,
  ...existCases,
  ...storeCases,
  ...csvCases,
];
