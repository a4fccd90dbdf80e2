import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { CASES } from './cases/index.ts';
import { buildDayfold } from './dayfold.ts';
import { PAGE_CASES } from './page/sections.ts';
import { writePage } from './page/write-page.ts';
import { RESULTS } from './places.ts';
import { writePlots } from './plots/write-plots.ts';
import { resultOf, tableOf } from './report.ts';
import { keepResults, keptResult, machine, readResults } from './results.ts';
import type { KeptResult, Results } from './results.ts';
import { runRounds } from './rounds.ts';
import { stepAside } from './subject.ts';

const KEPT = join(RESULTS, 'results.json');

const HELP = `npm run bench -- [--only NAME]… [--runs N] [--quick] [--list] [--json]
  --only NAME  cases whose name begins so; may be given several times
  --runs N     counted rounds (default 5; after one that is not counted)
  --quick      short runs without a warm-up round: shows that it works, no figures to keep
  --plots FOLDER  write the plots there too
  --page       write the results into docs/performance.md; without --only the cases that it shows are run.
               With --runs 0 nothing is measured: the results kept in .bench/results are written
  --json       print the results as one JSON document
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    runs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    plots: { type: 'string' },
    page: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function bench(): Promise<number> {
  const runs = Number(values.runs ?? (values.quick ? 1 : 5));
  const chosen = CASES.filter(({ name }) =>
    values.only === undefined
      ? !values.page || PAGE_CASES.includes(name)
      : values.only.some((start) => name.startsWith(start)),
  );
  const isUsable = Number.isInteger(runs) && runs >= (values.page ? 0 : 1) && !(values.page && values.quick);
  if (values.help || chosen.length === 0 || !isUsable) {
    process.stdout.write(`${HELP}\nCases:\n${CASES.map(({ name, title }) => `  ${name}: ${title}\n`).join('')}`);
    return values.help ? 0 : 2;
  }
  if (values.list) {
    process.stdout.write(chosen.map(({ name, title }) => `${name}: ${title}\n`).join(''));
    return 0;
  }
  if (runs === 0) return written(readResults(KEPT));
  buildDayfold();
  stepAside(process.pid);
  const file = values.quick ? join(RESULTS, 'quick.json') : KEPT;
  mkdirSync(RESULTS, { recursive: true });
  const results: KeptResult[] = [];
  const document = { machine: machine(), isQuick: values.quick, results };
  let failures = 0;
  for (const benchCase of chosen) {
    try {
      const say = (line: string): unknown => process.stderr.write(`${line}\n`);
      const result = resultOf(benchCase, await runRounds(benchCase, { runs, isQuick: values.quick, say }));
      results.push(keptResult(result, Math.min(runs, benchCase.mostRounds ?? runs)));
      // After each: hours of measuring are not lost with the last case.
      keepResults(file, { ...document, results: results.slice(-1) });
      for (const folder of [join(RESULTS, 'plots'), values.plots]) writePlots(benchCase, result, folder);
      if (!values.json) process.stdout.write(`${tableOf(result)}\n`);
    } catch (error) {
      // One case that cannot run here, for want of a broker or of the network, keeps no other from running.
      failures += 1;
      process.stderr.write(`${(error as Error).message}\n`);
    }
  }
  if (values.page) written(readResults(KEPT));
  if (values.json) process.stdout.write(`${JSON.stringify(document)}\n`);
  return failures === 0 ? 0 : 1;
}

/** Writes the page. */
function written(results: Results | undefined): number {
  if (results === undefined) throw new Error(`nothing has been measured: there is no ${KEPT}`);
  writePage(results, CASES);
  return 0;
}

process.exitCode = await bench();
