import type { Daemon } from '@dayfold/runtime';
import type { Logger } from '@dayfold/sdk';
import type process from 'node:process';

const PROBLEM = { code: 'daemon.error', subject: 'dayfold' };
const REMEDY = 'please report it, with the log; it is cleared at the next start';
/** Different errors told of; whoever throws a new text each time must not fill the store. */
const MOST_TOLD = 20;
const KINDS = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Errors that nobody caught, such as in a callback of a bundled source, do not end the daemon: what is acknowledged is
 * in the store, each transaction by itself, and the other sources go on. Each is logged, with a count where it repeats,
 * and shown as a problem until the next start. Whose error it is nobody knows, so `hide` takes out the secrets of all.
 */
export async function keepRunning(
  events: Pick<typeof process, 'on' | 'off'>,
  daemon: Pick<Daemon, 'raiseProblem' | 'clearProblem'>,
  log: Logger,
  hide: (text: string) => string,
): Promise<Disposable> {
  await daemon.clearProblem(PROBLEM.code, PROBLEM.subject);
  const told = new Set<string>();
  const note = (error: unknown): void => {
    const { message, stack } = (error ?? {}) as { message?: unknown; stack?: unknown };
    const text = hide(`an error that nothing caught: ${typeof message === 'string' ? message : String(error)}`);
    log.error(text, typeof stack === 'string' ? { stack: hide(stack) } : {});
    if (told.has(text) || told.size >= MOST_TOLD) return;
    told.add(text);
    daemon
      .raiseProblem(PROBLEM.code, PROBLEM.subject, text, REMEDY)
      .catch((failure: unknown) => log.error(`this problem cannot be stored: ${String(failure)}`));
  };
  for (const kind of KINDS) events.on(kind, note);
  return {
    [Symbol.dispose]() {
      for (const kind of KINDS) events.off(kind, note);
    },
  };
}
