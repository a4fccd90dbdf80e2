import { setImmediate as turn } from 'node:timers/promises';

/** Lets the event loop turn until the condition holds; rejects after ten seconds. For work done by disk and network. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what} did not come true within 10 s`);
    await turn();
  }
}

/** Lets everything run that waits for nothing but the event loop. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await turn();
}
