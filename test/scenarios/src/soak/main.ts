import process from 'node:process';
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';
import type { Usage } from './usage.ts';

const { values } = parseArgs({ options: { days: { type: 'string' }, seed: { type: 'string' } } });
const days = Number(values.days ?? 60);
const seed = Number(values.seed ?? (Date.now() % 1_000_000) + 1);

say(`${days} days, seed ${seed}; the same again: npm run soak -- --days ${days} --seed ${seed}`);
const report = await soak({
  days,
  seed,
  onTrouble: ({ hour, kind }) => say(`  day ${Math.ceil(hour / 24)}: ${kind}`),
  onDay: (day, usage) => say(`day ${day} is over: ${told(usage)}`),
});
const struck = [...report.struck].map(([kind, count]) => `${kind} ${count}`).join(', ');
say(`\n${report.messages} messages, ${report.values} values; ${struck}; ${report.logLines} lines of log`);
say(`at the end: ${report.usage.map(told).at(-1)}`);
for (const complaint of report.complaints) say(`✘ ${complaint}`);
if (report.complaints.length === 0)
  say('✔ every value is right, here and in Exist; no problem stays; all within the bounds of docs/limits.md');
process.exitCode = report.complaints.length === 0 ? 0 : 1;

function told({ memoryBytes, peakBytes, descriptors, storeBytes }: Usage): string {
  const mb = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1);
  return `memory ${mb(memoryBytes)} MB (at most ${mb(peakBytes)}), ${descriptors} files open, store ${mb(storeBytes)} MB`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
