import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { CASES } from './cases/index.ts';
import { buildDayfold } from './dayfold.ts';
import { RESULTS } from './places.ts';
import { resultOf, tableOf } from './report.ts';
import type { CaseResult } from './report.ts';
import { runRounds } from './rounds.ts';
import { dropStores } from './stores.ts';
import { stepAside } from './subject.ts';

const HELP = `npm run bench -- [--only NAME]… [--runs N] [--quick] [--list] [--json]
  --only NAME  cases whose name begins so; may be given several times
  --runs N     counted rounds (default 5; after one that is not counted)
  --quick      short runs without a warm-up round: shows that it works, no figures to keep
  --json       print the results as one JSON document
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    runs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function bench(): Promise<number> {
  const runs = Number(values.runs ?? (values.quick ? 1 : 5));
  const chosen = CASES.filter(({ name }) => values.only?.some((start) => name.startsWith(start)) ?? true);
  if (values.help || chosen.length === 0 || !Number.isInteger(runs) || runs < 1) {
    process.stdout.write(`${HELP}\nCases:\n${CASES.map(({ name, title }) => `  ${name}: ${title}\n`).join('')}`);
    return values.help ? 0 : 2;
  }
  if (values.list) {
    process.stdout.write(chosen.map(({ name, title }) => `${name}: ${title}\n`).join(''));
    return 0;
  }
  buildDayfold();
  stepAside(process.pid);
  dropStores();
  mkdirSync(RESULTS, { recursive: true });
  const results: CaseResult[] = [];
  let failures = 0;
  for (const benchCase of chosen) {
    try {
      const say = (line: string): unknown => process.stderr.write(`${line}\n`);
      const result = resultOf(benchCase, await runRounds(benchCase, { runs, isQuick: values.quick, say }));
      results.push(result);
      if (!values.json) process.stdout.write(`${tableOf(result)}\n`);
    } catch (error) {
      // One case that cannot run here, for want of a broker or of the network, keeps no other from running.
      failures += 1;
      process.stderr.write(`${(error as Error).message}\n`);
    }
  }
  dropStores();
  const document = { at: new Date().toISOString(), machine: machine(), isQuick: values.quick, runs, results };
  writeFileSync(join(RESULTS, 'results.json'), `${JSON.stringify(document, undefined, 2)}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify(document)}\n`);
  return failures === 0 ? 0 : 1;
}

function machine(): Readonly<Record<string, string | number>> {
  return {
    node: process.version,
    platform: `${platform()}-${arch()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryMb: Math.round(totalmem() / 1024 ** 2),
  };
}

process.exitCode = await bench();
