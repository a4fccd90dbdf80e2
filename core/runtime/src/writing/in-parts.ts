import type { Answered, Outcome, Unanswered } from './exist-gateway.ts';

/** Enough to find one bad item among 35. */
const MOST_EXTRA_CALLS = 12;

export interface InParts<Item> {
  /** Refused as a whole request although alone in it: Exist will never take it. */
  readonly poison: readonly { readonly item: Item; readonly message: string }[];
  /** Groups for which every call is forbidden. */
  readonly forbidden: readonly string[];
  /** Why nothing more can be sent now. */
  readonly stop: Unanswered | undefined;
}

/**
 * Sends a batch; one that Exist turns away as a whole is halved (400) or parted by group (403) until the rest has gone
 * and the culprits stand alone. When nothing at all gets through, no item is to blame: that is reported as `stop`.
 */
export async function inParts<Item, Result>(
  items: readonly Item[],
  groupOf: (item: Item) => string,
  call: (items: readonly Item[]) => Promise<Outcome<Item, Result>>,
  answered: (answer: Answered<Item, Result>) => void,
): Promise<InParts<Item>> {
  const waiting: (readonly Item[])[] = [items];
  const poison: { item: Item; message: string }[] = [];
  const forbidden: string[] = [];
  let calls = 0;
  let anyAnswered = false;
  let rejection: Unanswered | undefined;
  for (let part = waiting.shift(); part !== undefined && calls <= MOST_EXTRA_CALLS; part = waiting.shift()) {
    calls += 1;
    const outcome = await call(part);
    if (outcome.status === 'answered') {
      anyAnswered = true;
      answered(outcome);
    } else if (outcome.status === 'forbidden') {
      const groups = Map.groupBy(part, groupOf);
      if (groups.size === 1) forbidden.push(...groups.keys());
      else waiting.unshift(...groups.values());
    } else if (outcome.status === 'rejected') {
      rejection = outcome;
      const [only] = part;
      if (part.length === 1 && only !== undefined) poison.push({ item: only, message: outcome.message });
      else waiting.unshift(part.slice(0, Math.ceil(part.length / 2)), part.slice(Math.ceil(part.length / 2)));
    } else {
      return { poison: anyAnswered ? poison : [], forbidden, stop: outcome };
    }
  }
  const isTheRequest = rejection !== undefined && !anyAnswered && items.length > 1;
  return { poison: isTheRequest ? [] : poison, forbidden, stop: isTheRequest ? rejection : undefined };
}
