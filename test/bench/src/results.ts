import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import process from 'node:process';
import { z } from 'zod';
import type { CaseResult } from './report.ts';

const spread = z.object({ median: z.number(), low: z.number(), high: z.number() });
const limits = { least: z.number().exactOptional(), most: z.number().exactOptional() };
const judged = { figure: z.string(), of: z.string(), ...limits, isMet: z.boolean() };
const document = z.object({
  machine: z.object({
    node: z.string(),
    platform: z.string(),
    cpu: z.string(),
    cores: z.number(),
    memoryMb: z.number(),
  }),
  isQuick: z.boolean(),
  results: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      at: z.string(),
      runs: z.number(),
      contenders: z.array(z.object({ name: z.string(), figures: z.record(z.string(), spread) })),
      ratios: z.array(z.object({ ...judged, to: z.string(), toFigure: z.string().exactOptional(), ratio: spread })),
      bounds: z.array(z.object({ ...judged, value: spread })),
      notMeasured: z.array(z.string()),
    }),
  ),
});

/** What was measured on one machine; each case as it came out last. */
export type Results = z.infer<typeof document>;
export type KeptResult = Results['results'][number];

export function readResults(file: string): Results | undefined {
  return existsSync(file) ? document.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

/** Results of the same machine that this run did not measure again stay; none is compared with another. */
export function keepResults(file: string, now: Results): Results {
  const before = readable(file);
  const isSame = JSON.stringify(before?.machine) === JSON.stringify(now.machine);
  const kept = (isSame ? (before?.results ?? []) : []).filter(
    (old) => !now.results.some(({ name }) => name === old.name),
  );
  const all = { ...now, results: [...kept, ...now.results] };
  writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
  return all;
}

export function keptResult(result: CaseResult, runs: number): KeptResult {
  // What is absent is left out, as it will be when the file is read.
  return document.shape.results.element.parse({ ...result, at: new Date().toISOString(), runs });
}

export function machine(): Results['machine'] {
  return {
    node: process.version,
    platform: `${platform()}-${arch()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    // All of them, whatever this process was confined to.
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 1024 ** 2),
  };
}

/** A file of an older form is of no use any more. */
function readable(file: string): Results | undefined {
  try {
    return readResults(file);
  } catch {
    return undefined;
  }
}
