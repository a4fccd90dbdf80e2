import { openSqliteStore, reportStore, RESTORED_KEY } from '@dayfold/store-sqlite';
import type { StoreReport } from '@dayfold/store-sqlite';
import type { LoggedRequest, Problem } from '@dayfold/runtime';
import { z } from 'zod';
import { TWO_COPIES } from '../two-copies.ts';
import { fail, ok, warn } from './finding.ts';
import type { Finding } from './finding.ts';

const RestoredNote = z.object({ at: z.number(), backup: z.string() });
/** Long enough to have noticed two daemons. */
const REMEMBERED_MS = 30 * 86_400_000;
const REQUESTS_MS = 2 * 86_400_000;
const MOST_REQUESTS = 100;

export interface StoreLook {
  readonly findings: readonly Finding[];
  readonly report: StoreReport | undefined;
  readonly newest: number | undefined;
  readonly problems: readonly Problem[];
  /** The last ones of each account. */
  readonly requests: readonly LoggedRequest[];
  /** Texts that nothing written may hold. */
  readonly secrets: readonly string[];
}

/** Reads beside a running daemon; changes nothing. */
export async function lookAtStore(folder: string, accounts: readonly string[], now: number): Promise<StoreLook> {
  const nothing = { report: undefined, newest: undefined, problems: [], requests: [], secrets: [] };
  let report: StoreReport | undefined;
  try {
    report = reportStore(folder);
  } catch (error) {
    const remedy =
      'restore a backup with "dayfold restore FILE --force"; the next "dayfold run" saves what can be read';
    return { ...nothing, findings: [fail('database', (error as Error).message, remedy)] };
  }
  if (report === undefined) return { ...nothing, findings: [ok('database', 'nothing is stored yet')] };
  const whole = ok('database', `whole, schema ${report.schema}, ${(report.bytes / 1_000_000).toFixed(1)} MB`);
  try {
    await using store = await openSqliteStore({ folder, readOnly: true });
    const requests: LoggedRequest[] = [];
    const secrets: string[] = [];
    for (const account of accounts) {
      requests.push(...(await store.requestLog.since(account, now - REQUESTS_MS)).slice(-MOST_REQUESTS));
      const token = await store.tokens.get(account);
      if (token !== undefined)
        secrets.push(token.accessToken.reveal(), token.refreshToken?.reveal() ?? '', token.username ?? '');
    }
    const restored = RestoredNote.safeParse(await store.keyValues.get('dayfold', RESTORED_KEY)).data;
    return {
      findings: [whole, ...(restored === undefined ? [] : restoredFindings(restored, now))],
      report,
      newest: await store.journal.lastReceived(),
      problems: await store.problems.list(),
      requests,
      secrets,
    };
  } catch (error) {
    return { ...nothing, report, findings: [whole, warn('store', (error as Error).message, 'start dayfold once')] };
  }
}

function restoredFindings({ at, backup }: z.infer<typeof RestoredNote>, now: number): readonly Finding[] {
  if (now - at > REMEMBERED_MS) return [];
  const day = new Date(at).toISOString().slice(0, 10);
  return [warn('restored', `restored on ${day} from a backup of ${backup}`, TWO_COPIES)];
}
