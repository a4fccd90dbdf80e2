import type { Fault } from '../fault.ts';
import { BROKER_FAULTS } from './broker.ts';
import { CLOCK_FAULTS } from './clock.ts';
import { DISK_FAULTS } from './disk.ts';
import { EXIST_FAULTS } from './exist.ts';
import { FULL_FILE_SYSTEM } from './full-file-system.ts';
import { INPUT_FAULTS } from './inputs.ts';
import { KILLS } from './kills.ts';

/** Every fault there is. */
export const CATALOGUE: readonly Fault[] = [
  ...KILLS,
  ...EXIST_FAULTS,
  ...BROKER_FAULTS,
  ...INPUT_FAULTS,
  ...CLOCK_FAULTS,
  ...DISK_FAULTS,
  ...FULL_FILE_SYSTEM,
];
