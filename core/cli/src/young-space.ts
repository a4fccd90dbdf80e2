import { PerformanceObserver } from 'node:perf_hooks';
import type process from 'node:process';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both halves of the space in which V8 makes objects. */
const MOST_BYTES = 16 * 1024 * 1024;
/** By which it grows unless told otherwise. */
const FACTOR = 2;
/** V8 takes it with underscores too. */
const OWN_CHOICE = /--max[-_]semi[-_]space[-_]size/;

/** At rest V8 lets it shrink: how often that is looked at while it may not grow. */
const LOOK_MS = 10_000;

/**
 * V8 lets the space of young objects grow up to 128 MB where the machine has memory to spare, and a flood of messages fills
 * it with garbage. It takes the bound at its start only (https://nodejs.org/api/cli.html, `--max-semi-space-size`), which
 * no command can ask of whoever starts it; but by which factor it grows is asked each time. Who set the bound has it.
 *
 * - *growing*: each collection of garbage is observed, until the space could not double without passing the bound.
 * - *held*: it cannot grow and is not observed, since that costs some of what each collection takes. A timer looks whether it
 *   has shrunk; then it may grow again.
 */
export function boundYoungSpace({ execArgv, env }: Pick<typeof process, 'execArgv' | 'env'>): Disposable {
  if ([...execArgv, env['NODE_OPTIONS'] ?? ''].some((text) => OWN_CHOICE.test(text)))
    return { [Symbol.dispose]: () => undefined };
  let timer: NodeJS.Timeout | undefined;
  const observer = new PerformanceObserver(() => {
    if (!mayGrow()) hold();
  });
  const grow = (): void => {
    clearInterval(timer);
    setGrowth(FACTOR);
    observer.observe({ entryTypes: ['gc'] });
  };
  const hold = (): void => {
    observer.disconnect();
    setGrowth(1);
    timer = setInterval(() => {
      if (mayGrow()) grow();
    }, LOOK_MS).unref();
  };
  grow();
  return {
    [Symbol.dispose]() {
      observer.disconnect();
      clearInterval(timer);
      setGrowth(FACTOR);
    },
  };
}

function setGrowth(factor: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}

function mayGrow(): boolean {
  return youngBytes() * FACTOR <= MOST_BYTES;
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
