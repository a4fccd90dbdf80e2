import type { Fault } from '../fault.ts';
import { EXIST_FAULTS } from './exist.ts';
import { KILLS } from './kills.ts';

/** Every fault there is. */
export const CATALOGUE: readonly Fault[] = [...KILLS, ...EXIST_FAULTS];
