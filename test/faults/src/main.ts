import process from 'node:process';
import { parseArgs } from 'node:util';
import { CATALOGUE } from './catalogue/index.ts';
import { KILLS } from './catalogue/kills.ts';
import type { EpisodeResult } from './episode.ts';
import { killsOnDisk } from './kills/disk-kills.ts';
import { floods, PER_SECOND } from './flood/floods.ts';
import { kills } from './kills/kills.ts';
import { hindrance, powerLoss } from './power/power-loss.ts';
import { rowsOf, tableOf } from './report.ts';
import { brokerOf, isBad, lineOf, runSeed } from './run-seed.ts';
import { mosquittoHindrance } from './world/mosquitto-broker.ts';

const POWER_LOSS = 'power-loss';
const HELP = `npm run faults -- [--seeds N|FROM-TO] [--seed N] [--count N] [--only NAME,…] [--list] [--json]
  --seeds N    so many seeds, from 1 on (default 20); FROM-TO these, so that a long run may be made in parts
  --seed N     this seed alone, as a failure names it
  --count N    faults of a seed (default 12)
  --only NAME  faults whose name begins so; several by commas
  --minutes N  begins no further seed after so long
  --commits N  commits of the power-loss replay (default 500), which cuts at every point of them
  --kills N    nothing but kill -9, so many times, at every step of a write (or those of --only) by turns
  --flood N    nothing but N seconds of messages at QoS 1, and a storm of a million topics
  --rate N     messages a second of that flood (default ${PER_SECOND})
  --list       names the faults
  --json       prints the results as one JSON document
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    seed: { type: 'string' },
    count: { type: 'string', default: '12' },
    minutes: { type: 'string' },
    commits: { type: 'string', default: '500' },
    kills: { type: 'string' },
    flood: { type: 'string' },
    rate: { type: 'string', default: String(PER_SECOND) },
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  const starts = values.only?.split(',');
  const meant = CATALOGUE.filter(
    ({ name, known }) => starts?.some((start) => name.startsWith(start)) ?? known === undefined,
  );
  const faults = meant.filter((fault) => fault.hindrance?.() === undefined);
  const seeds = values.seed === undefined ? seedsOf(values.seeds) : [Number(values.seed)];
  const count = Number(values.count);
  if (
    values.help ||
    (faults.length === 0 && values.only !== POWER_LOSS) ||
    ![...seeds, count].every((number) => Number.isInteger(number))
  ) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  if (values.list) {
    process.stdout.write(
      faults
        .map(({ name, promise, known }) => `${name}: ${promise}${known === undefined ? '' : ` (fails: ${known})`}\n`)
        .join(''),
    );
    return 0;
  }
  const say = (line: string): unknown => process.stderr.write(`${line}\n`);
  for (const { name, hindrance: why } of meant) {
    const reason = why?.();
    if (reason !== undefined) say(`${name} is left out: ${reason}`);
  }
  const without = mosquittoHindrance();
  if (without !== undefined) say(`no seed lives at mosquitto: ${without}`);
  if (values.kills !== undefined)
    return told(
      await kills(
        Number(values.kills),
        faults.filter((fault) => KILLS.includes(fault)),
        say,
      ),
      {},
    );
  if (values.flood !== undefined) return told(await floods(Number(values.flood), Number(values.rate), say), {});
  const results: EpisodeResult[] = [];
  const until = performance.now() + Number(values.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  let begun = 0;
  for (const seed of faults.length === 0 ? [] : seeds) {
    if (performance.now() > until) break;
    begun += 1;
    try {
      const found = await runSeed({ seed, faults, count, say });
      const where = brokerOf(seed) === 'mosquitto' ? ' (mosquitto)' : '';
      results.push(...found.map((each) => ({ ...each, fault: `${each.fault}${where}` })));
    } catch (error) {
      const complaints = [(error as Error).stack ?? String(error)];
      results.push({ fault: 'the world itself', seed, struck: true, lost: [], doubled: [], complaints });
    }
  }
  if (starts?.some((start) => POWER_LOSS.startsWith(start)) ?? values.seed === undefined)
    results.push(...(await disk()));
  return told(results, { seeds: seeds.slice(0, begun), count });
}

/** `N` or `FROM-TO`, which is included; of anything else a number that is none. */
function seedsOf(text: string): number[] {
  const { from = '1', to } = /^(?:(?<from>\d+)-)?(?<to>\d+)$/.exec(text)?.groups ?? {};
  if (to === undefined) return [Number.NaN];
  return Array.from({ length: Math.max(0, Number(to) - Number(from) + 1) }, (_, index) => Number(from) + index);
}

/** Exit status: 1 where something was not survived. */
function told(
  results: readonly EpisodeResult[],
  about: { readonly seeds?: readonly number[]; readonly count?: number },
) {
  const rows = rowsOf(results);
  const bad = results.filter(isBad);
  const seeds = about.seeds === undefined ? '' : `${about.seeds.length} seeds\n`;
  if (values.json) process.stdout.write(`${JSON.stringify({ ...about, rows, bad })}\n`);
  else
    process.stdout.write(
      `${tableOf(rows)}\n\n${seeds}${bad.map((one) => `seed ${one.seed}: ${lineOf(one)}\n`).join('')}`,
    );
  return bad.length === 0 ? 0 : 1;
}

/** The disk itself, without a world around it: each crash point is an episode. */
async function disk(): Promise<EpisodeResult[]> {
  const reason = hindrance();
  if (reason !== undefined) {
    process.stderr.write(`${POWER_LOSS} is left out: ${reason}\n`);
    return [];
  }
  const { images, lost, corrupt } = await powerLoss({ seed: 1, commits: Number(values.commits), variants: 3 });
  const one = (fault: string, found: string | undefined): EpisodeResult => ({
    fault,
    seed: 1,
    struck: true,
    lost: found === undefined ? [] : [found],
    doubled: [],
    complaints: [],
  });
  const found = [...lost, ...corrupt];
  return [
    ...Array.from({ length: images }, (_, index) => one(POWER_LOSS, found[index])),
    ...(await killsOnDisk({ seed: 1, points: 60 })),
  ];
}

process.exitCode = await main();
