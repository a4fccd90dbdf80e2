import type { Change } from '../store/changes.ts';
import type { Answered, Outcome } from './exist-gateway.ts';

/** What an outcome changes on disk beside the entry in the request log. */
export type ChangesOf<T> = (outcome: T) => readonly Change[] | Promise<readonly Change[]>;

/** Only an answer changes something. */
export function whenAnswered<Item, Result>(
  changesOf: ChangesOf<Answered<Item, Result>>,
): ChangesOf<Outcome<Item, Result>> {
  return async (outcome) => (outcome.status === 'answered' ? await changesOf(outcome) : []);
}
