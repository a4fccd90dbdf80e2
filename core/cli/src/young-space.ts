import { PerformanceObserver } from 'node:perf_hooks';
import type process from 'node:process';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both halves of the space in which V8 makes objects. */
const MOST_BYTES = 16 * 1024 * 1024;
/** By which it grows unless told otherwise. */
const FACTOR = 2;
/** V8 takes it with underscores too. */
const OWN_CHOICE = /--max[-_]semi[-_]space[-_]size/;

/**
 * V8 lets the space of young objects grow up to 128 MB where the machine has memory to spare, and a flood of messages fills
 * it with garbage. It takes the bound at its start only (https://nodejs.org/api/cli.html, `--max-semi-space-size`), which
 * no command can ask of whoever starts it; but by which factor it grows is asked each time. Who set the bound has it.
 */
export function boundYoungSpace({ execArgv, env }: Pick<typeof process, 'execArgv' | 'env'>): Disposable {
  if ([...execArgv, env['NODE_OPTIONS'] ?? ''].some((text) => OWN_CHOICE.test(text)))
    return { [Symbol.dispose]: () => undefined };
  let mayGrow = true;
  const setGrowth = (may: boolean): void => {
    if (may !== mayGrow) setFlagsFromString(`--semi-space-growth-factor=${may ? FACTOR : 1}`);
    mayGrow = may;
  };
  // At rest V8 lets it shrink, and then it may grow again.
  const observer = new PerformanceObserver(() => setGrowth(youngBytes() * FACTOR <= MOST_BYTES));
  observer.observe({ entryTypes: ['gc'] });
  return {
    [Symbol.dispose]() {
      observer.disconnect();
      setGrowth(true);
    },
  };
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
