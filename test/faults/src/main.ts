import process from 'node:process';
import { parseArgs } from 'node:util';
import { CATALOGUE } from './catalogue/index.ts';
import type { EpisodeResult } from './episode.ts';
import { rowsOf, tableOf } from './report.ts';
import { isBad, lineOf, runSeed } from './run-seed.ts';

const HELP = `npm run faults -- [--seeds N] [--seed N] [--count N] [--only NAME,…] [--list] [--json]
  --seeds N    so many seeds, from 1 on (default 20)
  --seed N     this seed alone, as a failure names it
  --count N    faults of a seed (default 12)
  --only NAME  faults whose name begins so; several by commas
  --list       names the faults
  --json       prints the results as one JSON document
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    seed: { type: 'string' },
    count: { type: 'string', default: '12' },
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  const starts = values.only?.split(',');
  const faults = CATALOGUE.filter(({ name }) => starts?.some((start) => name.startsWith(start)) ?? true);
  const seeds =
    values.seed === undefined
      ? Array.from({ length: Number(values.seeds) }, (_, index) => index + 1)
      : [Number(values.seed)];
  const count = Number(values.count);
  if (values.help || faults.length === 0 || ![...seeds, count].every((number) => Number.isInteger(number))) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  if (values.list) {
    process.stdout.write(faults.map(({ name, promise }) => `${name}: ${promise}\n`).join(''));
    return 0;
  }
  const results: EpisodeResult[] = [];
  for (const seed of seeds) {
    const say = (line: string): unknown => process.stderr.write(`${line}\n`);
    results.push(...(await runSeed({ seed, faults, count, say })));
  }
  const rows = rowsOf(results);
  const bad = results.filter(isBad);
  if (values.json) process.stdout.write(`${JSON.stringify({ seeds, count, rows, bad })}\n`);
  else process.stdout.write(`${tableOf(rows)}\n${bad.map((one) => `seed ${one.seed}: ${lineOf(one)}\n`).join('')}`);
  return bad.length === 0 ? 0 : 1;
}

process.exitCode = await main();
