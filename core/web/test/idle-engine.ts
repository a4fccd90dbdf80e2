import type { Engine, StatusReport } from '@dayfold/runtime';

const STATUS: StatusReport = {
  running: true,
  timezone: 'UTC',
  sources: [],
  accounts: [],
  attributes: [],
  problems: [],
};

/** An Engine that knows nothing, but for what a test gives it to answer. */
export function idleEngine(answers: Partial<Engine> = {}): Engine {
  const unasked = async (): Promise<never> => await Promise.reject(new Error('the test did not expect this question'));
  return {
    status: async () => await Promise.resolve(STATUS),
    days: unasked,
    explain: unasked,
    plan: unasked,
    sync: unasked,
    release: unasked,
    connectBegin: unasked,
    connectFinish: unasked,
    connectToken: unasked,
    disconnect: unasked,
    takeBack: unasked,
    examine: unasked,
    ...answers,
  };
}
