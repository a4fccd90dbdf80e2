import type { DayName, Engine } from '@dayfold/runtime';
import type { CommonOptions } from '../assembly.ts';
import { print, printJson, styled, table } from '../output.ts';
import { withProgress } from '../progress.ts';
import { withEngine } from '../with-engine.ts';

async function show<T>(
  options: CommonOptions,
  ask: (engine: Engine) => Promise<T>,
  view: (answer: T) => string,
): Promise<void> {
  const answer = await withEngine(options, ask);
  if (options.json === true) printJson(answer);
  else print(view(answer));
}

export async function status(options: CommonOptions): Promise<void> {
  await show(
    options,
    (engine) => engine.status(),
    (report) =>
      [
        report.running
          ? `dayfold runs, days in ${report.timezone}`
          : `dayfold does not run, days in ${report.timezone}`,
        table(
          ['source', 'plugin', 'state', 'readings', 'last reading', ''],
          report.sources.map((source) => [
            source.name,
            source.plugin,
            source.state,
            String(source.readings),
            source.lastReading ?? 'never',
            [source.message, ...source.misfits.map(({ reason, count }) => `${count}× ${reason}`)]
              .filter(Boolean)
              .join('; '),
          ]),
          'No sources run. Add one under "sources:" in dayfold.yaml, then "dayfold run".',
        ),
        table(
          ['attribute', 'account', 'today', 'at Exist'],
          report.attributes.map(({ name, account, today, owned }) => [
            name,
            account,
            today === null ? '–' : String(today),
            owned,
          ]),
          'No attributes yet. Add one under "attributes:" in dayfold.yaml.',
        ),
        table(
          ['account', 'connected', 'waiting', 'requests last hour', 'last sync', 'next sync'],
          report.accounts.map((account) => [
            account.name,
            account.connected ? (account.username ?? 'yes') : 'no: run "dayfold connect"',
            String(account.outbox),
            `${account.usedLastHour} of ${account.limit}`,
            account.lastSync ?? 'never',
            account.nextSync ?? '–',
          ]),
          'Local only: nothing is sent, since there is no "exist:" in dayfold.yaml.',
        ),
        ...(report.problems.length === 0
          ? [styled('green', 'No open problems.')]
          : report.problems.map(
              ({ code, since, message, remedy }) =>
                `${styled('yellow', `! ${message}`)}\n  since ${since} (${code})\n  ${remedy}`,
            )),
      ].join('\n\n'),
  );
}

export async function days(
  attribute: string | undefined,
  options: CommonOptions & { from?: DayName; to?: DayName },
): Promise<void> {
  const { from, to } = options;
  const filter = {
    ...(attribute === undefined ? {} : { attribute }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  await show(
    options,
    (engine) => engine.days(filter),
    (rows) =>
      table(
        ['date', 'attribute', 'value', 'at Exist', 'state', 'readings', ''],
        rows.map((row) => [
          row.date,
          row.attribute,
          row.wanted === null ? '–' : String(row.wanted),
          row.confirmed === null ? '–' : String(row.confirmed),
          row.state,
          String(row.readings),
          [row.complete ? '' : 'day not over', row.reason ?? ''].filter(Boolean).join('; '),
        ]),
        'No values yet. They appear when a source has emitted readings; see "dayfold status".',
      ),
  );
}

export async function explain(attribute: string, date: DayName, options: CommonOptions): Promise<void> {
  await show(
    options,
    (engine) => engine.explain(attribute, date),
    (answer) =>
      [
        `${answer.attribute} on ${answer.date}: ${answer.value ?? 'no value'}${answer.reason === undefined ? '' : ` (${answer.reason})`}`,
        `fold: ${answer.fold}`,
        `then: ${answer.conversions.join(', ')}`,
        table(
          ['time', 'series', 'value', 'used'],
          answer.readings.map((row) => [
            row.time,
            row.series,
            JSON.stringify(row.value),
            row.used ? 'yes' : `no: ${row.why ?? ''}`,
          ]),
          'No readings of that day are kept.',
        ),
        table(
          ['sent', 'value', 'answer'],
          answer.sent.map((row) => [row.at, String(row.value), row.outcome]),
          'Nothing was sent to Exist for that day.',
        ),
      ].join('\n\n'),
  );
}

export async function plan(options: CommonOptions & { account?: string }): Promise<void> {
  const plans = await withEngine(options, (engine) => engine.plan(options.account));
  if (options.json === true) {
    printJson(plans.length === 1 ? plans[0] : plans);
    return;
  }
  if (plans.length === 0) print('Local only: nothing is sent, since there is no "exist:" in dayfold.yaml.');
  for (const { account, at, requests, notes } of plans) {
    print(`${account}: next sync ${at ?? 'not planned'}, ${requests.length} requests`);
    for (const { endpoint, items } of requests) {
      print(`  ${endpoint}: ${items.length} items`);
      for (const item of items)
        print(`    ${item.attribute}${item.date === undefined ? '' : ` ${item.date} = ${item.value}`}`);
    }
    for (const note of notes) print(styled('yellow', `  ! ${note}`));
  }
}

export async function sync(options: CommonOptions & { account?: string }): Promise<void> {
  const summaries = await withEngine(
    options,
    async (engine) => await withProgress('syncing with Exist', () => engine.sync(options.account)),
  );
  if (options.json === true) printJson(summaries);
  else if (summaries.length === 0) print('Local only: nothing is sent, since there is no "exist:" in dayfold.yaml.');
  else {
    for (const { account, requests, confirmed, failed, refused } of summaries) {
      print(
        refused === undefined
          ? `${account}: ${confirmed} confirmed, ${failed} failed, ${requests} requests`
          : `${account}: nothing sent: ${refused}`,
      );
    }
  }
  if (summaries.some(({ refused, failed }) => refused !== undefined || failed > 0)) process.exitCode = 1;
}

export async function release(attribute: string, options: CommonOptions): Promise<void> {
  await show(
    options,
    (engine) => engine.release(attribute),
    ({ message }) => message,
  );
}

export async function takeBack(attribute: string, options: CommonOptions): Promise<void> {
  await show(
    options,
    (engine) => engine.takeBack(attribute),
    ({ message }) => message,
  );
}
