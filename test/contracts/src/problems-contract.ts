import type { Problem, Problems } from '@dayfold/runtime';
import { describe, expect, test } from 'vitest';

const PROBLEM: Problem = {
  code: 'exist.login_required',
  subject: 'me',
  since: 5,
  message: 'logged out',
  remedy: 'run "dayfold connect"',
};

export function problemsContract(
  name: string,
  open: () => Promise<AsyncDisposable & { readonly problems: Problems }>,
): void {
  describe(`${name} keeps the Problems contract`, () => {
    test('a problem raised again keeps its beginning and takes the newer words', async () => {
      await using store = await open();
      await store.problems.raise(PROBLEM);
      await store.problems.raise({ ...PROBLEM, since: 50, message: 'still logged out' });
      expect(await store.problems.list()).toEqual([{ ...PROBLEM, message: 'still logged out' }]);
    });

    test('problems are apart by code and subject; a cleared one begins anew', async () => {
      await using store = await open();
      const other = { ...PROBLEM, subject: 'partner', since: 4 };
      await store.problems.raise(PROBLEM);
      await store.problems.raise(other);
      expect(await store.problems.list()).toEqual([other, PROBLEM]);
      await store.problems.clear(PROBLEM.code, 'me');
      await store.problems.clear('store.full', 'partner');
      expect(await store.problems.list()).toEqual([other]);
      await store.problems.raise({ ...PROBLEM, since: 9 });
      expect((await store.problems.list()).map(({ since }) => since)).toEqual([4, 9]);
    });
  });
}
