import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { CASES } from './cases/index.ts';
import { buildDayfold } from './dayfold.ts';
import { RESULTS } from './places.ts';
import { writePlots } from './plots/write-plots.ts';
import { resultOf, tableOf } from './report.ts';
import { keepResults, keptResult, machine } from './results.ts';
import type { KeptResult } from './results.ts';
import { runRounds } from './rounds.ts';
import { stepAside } from './subject.ts';

const HELP = `npm run bench -- [--only NAME]… [--runs N] [--quick] [--list] [--json]
  --only NAME  cases whose name begins so; may be given several times
  --runs N     counted rounds (default 5; after one that is not counted)
  --quick      short runs without a warm-up round: shows that it works, no figures to keep
  --plots FOLDER  write the plots there too
  --json       print the results as one JSON document
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    runs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    plots: { type: 'string' },
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
  const results: KeptResult[] = [];
  let failures = 0;
  for (const benchCase of chosen) {
    try {
      const say = (line: string): unknown => process.stderr.write(`${line}\n`);
      const result = resultOf(benchCase, await runRounds(benchCase, { runs, isQuick: values.quick, say }));
      results.push(keptResult(result, runs));
      for (const folder of [join(RESULTS, 'plots'), values.plots]) writePlots(benchCase, result, folder);
      if (!values.json) process.stdout.write(`${tableOf(result)}\n`);
    } catch (error) {
      // One case that cannot run here, for want of a broker or of the network, keeps no other from running.
      failures += 1;
      process.stderr.write(`${(error as Error).message}\n`);
    }
  }
  const document = { machine: machine(), isQuick: values.quick, results };
  mkdirSync(RESULTS, { recursive: true });
  keepResults(join(RESULTS, values.quick ? 'quick.json' : 'results.json'), document);
  if (values.json) process.stdout.write(`${JSON.stringify(document)}\n`);
  return failures === 0 ? 0 : 1;
}

process.exitCode = await bench();
