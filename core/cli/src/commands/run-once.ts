import type { Clock, Daemon, SourceConfiguration, SyncSummary, WriteCoordinator } from '@dayfold/runtime';
import { NotReady } from '@dayfold/runtime';
import type { Source } from '@dayfold/sdk';
import process from 'node:process';
import { assemble, configFile, pluginCatalog, readConfiguration } from '../assembly.ts';
import type { Assembled, CommonOptions } from '../assembly.ts';
import { createLog } from '../log.ts';
import { print, printError, printJson } from '../output.ts';
import { withProgress } from '../progress.ts';
import { StopSignals } from '../stop-signals.ts';

const FAILED = 1;
const SEE_STATUS = '"dayfold status" says what to do';
/** A sync that is due within this is waited for: cron comes a second early as often as a second late. */
const WAIT_MS = 60_000;

interface SourceOutcome {
  readonly name: string;
  readonly outcome: 'read' | 'left out' | 'failed';
  readonly readings: number;
  readonly reason?: string;
}

interface Synced {
  readonly summary: SyncSummary;
  /** Why the command ends with 1; a sync that is not due yet is none. */
  readonly failure?: string;
}

/** Reads every finite source once, syncs where a sync is due, and ends: for cron. */
export async function runOnce(options: CommonOptions): Promise<void> {
  using log = createLog({ json: false, level: options.debug === true ? 'debug' : 'error' });
  const file = configFile(options);
  const catalog = await pluginCatalog(file);
  const { configuration, warnings } = await readConfiguration(file, catalog);
  for (const warning of warnings) log.warn(warning);
  await using assembled = await assemble(options, configuration, catalog, log);
  using signals = new StopSignals(process, log, FAILED);
  const lifetime = new AbortController();
  void signals.first.then((signal) => lifetime.abort(new NotReady(`stopped by ${signal}`)));
  const sources = await readAll(assembled, lifetime.signal);
  await assembled.daemon.refresh();
  const syncs = await syncAll(assembled, lifetime.signal);
  const attributeDays = await assembled.daemon.attributeDays();
  if (options.json === true) printJson({ sources, syncs: syncs.map(({ summary }) => summary), attributeDays });
  else print(summaryOf(sources, syncs, attributeDays));
  const failures = [
    ...sources.flatMap(({ name, outcome, reason }) => (outcome === 'failed' ? [`source ${name}: ${reason}`] : [])),
    ...syncs.flatMap(({ failure }) => failure ?? []),
  ];
  if (failures.length === 0) return;
  printError(new NotReady(failures.join('\n')), false);
  process.exitCode = FAILED;
}

async function readAll({ daemon, configuration }: Assembled, signal: AbortSignal): Promise<readonly SourceOutcome[]> {
  const outcomes: SourceOutcome[] = [];
  for (const source of configuration.sources.filter(({ enabled }) => enabled))
    outcomes.push(
      await withProgress(
        `reading source ${source.name}`,
        () => readOnce(daemon, source, signal),
        () => `${daemon.intake.taken(source.name)} readings`,
      ),
    );
  return outcomes;
}

async function readOnce(daemon: Daemon, source: SourceConfiguration, signal: AbortSignal): Promise<SourceOutcome> {
  const { name } = source;
  let built: Source | undefined;
  try {
    signal.throwIfAborted();
    const { source: instance, record } = await daemon.host.build(source, signal);
    built = instance;
    if (built.once === undefined)
      return { name, outcome: 'left out', readings: 0, reason: `${source.plugin} has no end` };
    // From here on the record keeps what the source says of its health, where "status" shows it.
    record.set('running');
    await built.once(signal);
    const { state, message } = record.status();
    const readings = daemon.intake.taken(name);
    if (state !== 'degraded') return { name, outcome: 'read', readings };
    return { name, outcome: 'failed', readings, reason: message ?? 'it gave no reason' };
  } catch (error) {
    return { name, outcome: 'failed', readings: daemon.intake.taken(name), reason: (error as Error).message };
  } finally {
    await Promise.resolve(built?.stop?.()).catch(() => undefined);
  }
}

async function syncAll({ daemon, clock, configuration }: Assembled, signal: AbortSignal): Promise<readonly Synced[]> {
  const synced: Synced[] = [];
  for (const { name } of configuration.exist?.accounts ?? []) {
    if (signal.aborted) break;
    synced.push(
      await withProgress(`syncing account ${name}`, () => syncIfDue(daemon.coordinator, clock, name, signal)),
    );
  }
  return synced;
}

/** As the daemon would: at most one periodic sync an hour, however often cron calls. */
async function syncIfDue(
  coordinator: WriteCoordinator,
  clock: Clock,
  account: string,
  signal: AbortSignal,
): Promise<Synced> {
  await coordinator.status(account);
  const due = coordinator.nextSync(account);
  const waitMs = due === undefined ? 0 : due - clock.now();
  if (due !== undefined && waitMs > WAIT_MS) {
    const refused = `the next sync is due at ${new Date(due).toISOString()}`;
    return { summary: { account, requests: 0, confirmed: 0, failed: 0, refused } };
  }
  try {
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    const { requests, confirmed, failed, skippedReason } = await coordinator.sync(account, 'periodic');
    const summary = { account, requests, confirmed, failed };
    if (skippedReason !== undefined)
      return { summary: { ...summary, refused: skippedReason }, failure: `${skippedReason}; ${SEE_STATUS}` };
    if (failed === 0) return { summary };
    return { summary, failure: `account ${account}: Exist refused ${failed} values; ${SEE_STATUS}` };
  } catch (error) {
    const refused = (error as Error).message;
    const summary = { account, requests: 0, confirmed: 0, failed: 0, refused };
    return { summary, failure: `account ${account}: ${refused}` };
  }
}

/** One line, so that cron's mail stays short. */
function summaryOf(sources: readonly SourceOutcome[], syncs: readonly Synced[], attributeDays: number): string {
  const named = (wanted: SourceOutcome['outcome'], text: (source: SourceOutcome) => string): string =>
    sources
      .filter(({ outcome }) => outcome === wanted)
      .map(text)
      .join(', ');
  const parts = [
    ['read', named('read', ({ name, readings }) => `${name} (${readings} readings)`)],
    ['left out', named('left out', ({ name, reason }) => `${name} (${reason})`)],
    ['failed', named('failed', ({ name }) => name)],
  ].flatMap(([word, names]) => (names === '' ? [] : [`${word} ${names}`]));
  const sent = syncs.map(({ summary: { account, confirmed, requests, refused } }) =>
    refused === undefined
      ? `${account}: ${confirmed} values confirmed in ${requests} requests`
      : `${account}: nothing sent, ${refused}`,
  );
  return [...parts, ...sent, `${attributeDays} attribute-days known`].join('; ');
}
