import { ConfigInvalid } from '@dayfold/runtime';
import type { Configuration, Engine, PluginCatalog, StatusReport } from '@dayfold/runtime';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import {
  bundledPlugins,
  configFile,
  dataFolder,
  pluginCatalog,
  readConfiguration,
  runningDaemon,
} from '../assembly.ts';
import type { CommonOptions } from '../assembly.ts';
import { bundleOf, writeBundle } from '../doctor/bundle.ts';
import { fail, ok, warn } from '../doctor/finding.ts';
import type { Finding } from '../doctor/finding.ts';
import { folderFindings } from '../doctor/folder-checks.ts';
import { clockFindings, nodeFinding, portFindings, zoneFinding } from '../doctor/host-checks.ts';
import { loginFindings } from '../doctor/login-checks.ts';
import { shownConfiguration } from '../doctor/shown-configuration.ts';
import { sourceFindings } from '../doctor/source-checks.ts';
import { lookAtStore } from '../doctor/store-checks.ts';
import type { StoreLook } from '../doctor/store-checks.ts';
import { createLog } from '../log.ts';
import { print, printJson, styled } from '../output.ts';
import { withEngine } from '../with-engine.ts';

export interface DoctorOptions extends CommonOptions {
  readonly bundle?: string;
}

/** Looks at everything dayfold depends on, from the inside out; one that fails keeps none of the others from being looked at. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const bundle = options.bundle === undefined ? undefined : newFile(options.bundle);
  const folder = dataFolder(options);
  const now = Date.now();
  const read = await readFindings(options);
  const { configuration, catalog } = read;
  // With an invalid configuration nobody knows the accounts; the first is always called so.
  const accounts = configuration === undefined ? ['me'] : (configuration.exist?.accounts.map(({ name }) => name) ?? []);
  const daemon = await runningDaemon(options);
  const status = await daemon?.status();
  const store = await lookAtStore(folder, accounts, now);
  const clock = await clockFindings(configuration, store.newest);
  const isReachable = !clock.some(({ check, state }) => check === 'exist' && state === 'fail');
  const login = await loginsOf(
    options,
    daemon,
    configuration !== undefined && isReachable && store.report !== undefined ? accounts : [],
  );
  using log = createLog({ json: false, level: 'error' });
  const findings = [
    nodeFinding(),
    ...read.findings,
    ...(await folderFindings(folder)),
    ...store.findings,
    ...daemonFindings(status, store),
    ...clock,
    zoneFinding(configuration?.timezone, login.timezone),
    ...login.findings,
    ...(configuration === undefined || catalog === undefined ? [] : await sourceFindings(configuration, catalog, log)),
    ...(configuration === undefined || daemon !== undefined ? [] : await portFindings(configuration)),
  ];
  if (bundle !== undefined) {
    const schemas = [...(await bundledPlugins()).values()].map(({ config }) => config);
    const shown = await shownConfiguration(read.file ?? '', schemas);
    await writeBundle(bundle, bundleOf({ findings, shown, store, status, now }));
  }
  report(findings, bundle, options);
}

async function readFindings(options: CommonOptions): Promise<{
  readonly findings: readonly Finding[];
  readonly file?: string;
  readonly configuration?: Configuration;
  readonly catalog?: PluginCatalog;
}> {
  let file: string | undefined;
  try {
    file = configFile(options);
    const catalog = await pluginCatalog(file);
    const { configuration, warnings } = await readConfiguration(file, catalog);
    return {
      findings: [
        ok('configuration', `${file} is valid`),
        ...warnings.map((warning) => warn('configuration', warning, 'see docs/configuration.md')),
      ],
      file,
      configuration,
      catalog,
    };
  } catch (error) {
    const finding = fail('configuration', (error as Error).message, 'correct it; "dayfold check" looks at it alone');
    return { findings: [finding], ...(file === undefined ? {} : { file }) };
  }
}

async function loginsOf(
  options: CommonOptions,
  daemon: Engine | undefined,
  accounts: readonly string[],
): Promise<Awaited<ReturnType<typeof loginFindings>>> {
  if (accounts.length === 0) return { findings: [], timezone: undefined };
  if (daemon !== undefined) return await loginFindings(daemon, accounts);
  try {
    return await withEngine(options, async (engine) => await loginFindings(engine, accounts));
  } catch (error) {
    return {
      findings: [warn('login', (error as Error).message, 'try again when that is settled')],
      timezone: undefined,
    };
  }
}

function daemonFindings(status: StatusReport | undefined, { problems }: StoreLook): readonly Finding[] {
  const daemon =
    status === undefined
      ? warn('daemon', 'does not run', 'start it with "dayfold run"')
      : ok('daemon', `runs with ${status.sources.length} sources`);
  return [daemon, ...problems.map(({ code, message, remedy }) => warn(code, message, remedy))];
}

function newFile(given: string): string {
  const file = resolve(given);
  if (existsSync(file)) throw new ConfigInvalid(`${file} exists already and is left as it is; name another file`);
  if (!existsSync(dirname(file))) throw new ConfigInvalid(`there is no folder ${dirname(file)}`);
  return file;
}

const MARKS = { ok: styled('green', '✓'), warn: styled('yellow', '!'), fail: styled('red', '✘') };

function report(findings: readonly Finding[], bundle: string | undefined, { json }: CommonOptions): void {
  const failed = findings.filter(({ state }) => state === 'fail').length;
  if (json === true) printJson({ ok: failed === 0, findings, ...(bundle === undefined ? {} : { bundle }) });
  else {
    for (const { check, state, message, remedy } of findings) {
      print(`${MARKS[state]} ${check}: ${message}`);
      if (remedy !== undefined) print(`    ${remedy}`);
    }
    if (bundle !== undefined) print(`Wrote ${bundle}. Look through it before you hand it on.`);
  }
  if (failed > 0) process.exitCode = 1;
}
