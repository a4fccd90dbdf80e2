import type { StatusReport } from '@dayfold/runtime';
import { writeFile } from 'node:fs/promises';
import { arch, release, totalmem, type } from 'node:os';
import process from 'node:process';
import { VERSION } from '../version.ts';
import type { Finding } from './finding.ts';
import { scrubbed } from './scrub.ts';
import type { ShownConfiguration } from './shown-configuration.ts';
import type { StoreLook } from './store-checks.ts';

/** What helps somebody else to help: no secret, no reading or value of a day, no sample, no place, no name of a person. */
export function bundleOf(parts: {
  readonly findings: readonly Finding[];
  readonly shown: ShownConfiguration;
  readonly store: StoreLook;
  /** Of the running daemon. */
  readonly status: StatusReport | undefined;
  readonly now: number;
}): unknown {
  const { findings, shown, store, status, now } = parts;
  const written = {
    about: 'Diagnostics of dayfold. Look through it before you hand it on.',
    created: iso(now),
    versions: { dayfold: VERSION, node: process.versions.node, sqlite: process.versions['sqlite'] },
    host: { system: type(), release: release(), processor: arch(), memoryMb: Math.round(totalmem() / 2 ** 20) },
    findings,
    configuration: shown.configuration,
    status: status === undefined ? null : withoutValues(status),
    problems: store.problems.map((problem) => ({ ...problem, since: iso(problem.since) })),
    requests: store.requests.map((request) => ({ ...request, at: iso(request.at) })),
    store: store.report ?? null,
  };
  return scrubbed(written, [...shown.secrets, ...store.secrets]);
}

/** A new file for this user alone. */
export async function writeBundle(file: string, bundle: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(bundle, undefined, 2)}\n`, { flag: 'wx', mode: 0o600 });
}

function withoutValues({ sources, accounts, attributes, timezone, running }: StatusReport): unknown {
  return {
    running,
    timezone,
    sources: sources.map(({ misfits, ...source }) => ({
      ...source,
      misfits: misfits.map(({ reason, count }) => ({ reason, count })),
    })),
    accounts: accounts.map(({ username: _person, ...account }) => account),
    attributes: attributes.map(({ today: _value, ...attribute }) => attribute),
  };
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
