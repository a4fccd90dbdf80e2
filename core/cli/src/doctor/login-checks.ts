import type { Engine, LoginReport } from '@dayfold/runtime';
import { fail, ok, warn } from './finding.ts';
import type { Finding } from './finding.ts';

/** One call for each account, counted like any other. */
export async function loginFindings(
  engine: Pick<Engine, 'examine'>,
  accounts: readonly string[],
): Promise<{ readonly findings: readonly Finding[]; readonly timezone: string | undefined }> {
  const findings: Finding[] = [];
  let timezone: string | undefined;
  for (const account of accounts) {
    const report = await engine
      .examine(account)
      .catch((error: unknown): LoginReport => ({ account, state: 'unknown', message: (error as Error).message }));
    timezone ??= report.timezone;
    findings.push(findingOf(report));
  }
  return { findings, timezone };
}

function findingOf({ account, state, message }: LoginReport): Finding {
  const check = `login ${account}`;
  const again = `run "dayfold connect${account === 'me' ? '' : ` ${account}`}"`;
  switch (state) {
    case 'accepted':
      return ok(check, 'Exist accepts it');
    case 'not connected':
      return warn(check, 'nobody is logged in; values wait', again);
    case 'refused':
      return fail(check, 'Exist no longer accepts it; values wait', again);
    case 'unknown':
      return warn(check, `could not be tried: ${message ?? 'no reason given'}`, 'try again later');
  }
}
