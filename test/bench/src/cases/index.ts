import type { BenchCase } from '../bench-case.ts';
import { nodeRedCases } from './node-red-cases.ts';
import { socketCases } from './socket-cases.ts';
import { storeCases } from './store-cases.ts';

export const CASES: readonly BenchCase[] = [...socketCases, ...nodeRedCases, ...storeCases];
