import { join } from 'node:path';
import type { Contender, Figures, Run } from './bench-case.ts';
import { Subject } from './subject.ts';

const JOBS = join(import.meta.dirname, 'jobs');
const WITHIN_MS = 900_000;

/** A contender that is a script of dayfold's parts, run from the sources in a process of its own. */
export function job(name: string, file: string, args: (run: Run) => readonly (string | number)[]): Contender {
  return {
    name,
    run: async (run) => {
      const rest = args(run).map(String);
      await using subject = Subject.node(['--conditions=@dayfold/source', join(JOBS, file), ...rest], {
        place: 'measured',
      });
      return await subject.message<Figures>(WITHIN_MS);
    },
  };
}
