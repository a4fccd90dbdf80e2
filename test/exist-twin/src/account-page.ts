import type { Account, TwinAttribute } from './account.ts';
import type { TwinCounters } from './counters.ts';
import { addDays } from './days.ts';
import { escaped } from './reply.ts';

const DAYS = 7;

/** The account as Exist would show it; reads itself anew every few seconds. */
export function accountPage(account: Account, counters: TwinCounters): string {
  const dates = Array.from({ length: DAYS }, (_, back) => addDays(account.today(), back - DAYS + 1));
  const attributes = [...account.attributes.values()].sort((left, right) =>
    left.group + left.label < right.group + right.label ? -1 : 1,
  );
  const rows = attributes.map((attribute) => row(attribute, dates)).join('');
  const { requests, tokenCalls, unchangedItems, mergeableCalls, periodicSyncsWithinAnHour } = counters;
  const calls = Object.values(requests).reduce((sum, count) => sum + count, 0);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">
<title>Stand-in for Exist</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color-scheme: light dark }
  table { border-collapse: collapse; width: 100% } th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid #8884 }
  th:nth-child(-n+3), td:nth-child(-n+3) { text-align: left } .wide { overflow-x: auto }
</style>
<h1>Stand-in for Exist</h1>
<p>${calls} requests, ${tokenCalls} of them for tokens; ${unchangedItems} values sent unchanged, ${mergeableCalls} calls that could have been one,
${periodicSyncsWithinAnHour} syncs too soon after another.</p>
<div class="wide"><table><thead><tr><th>Attribute<th>Group<th>Written by${dates.map((date) => `<th>${date}`).join('')}</thead>
<tbody>${rows || `<tr><td colspan="${DAYS + 3}">No attributes yet.`}</tbody></table></div>
</html>`;
}

function row({ label, group, service, rows }: TwinAttribute, dates: readonly string[]): string {
  const cells = dates.map((date) => `<td>${escaped(String(rows.get(date) ?? ''))}`).join('');
  return `<tr><td>${escaped(label)}<td>${escaped(group)}<td>${escaped(service ?? 'nobody')}${cells}`;
}
