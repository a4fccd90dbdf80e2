import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { resultOf } from '../src/report.ts';
import { keepResults, keptResult, machine, readResults } from '../src/results.ts';
import type { Results } from '../src/results.ts';

function results(...figures: readonly (readonly [string, number])[]): Results {
  const kept = figures.map(([name, ms]) => {
    const benchCase = { name, title: name, contenders: [{ name: 'dayfold', run: async () => ({}) }] };
    return keptResult(resultOf(benchCase, new Map([['dayfold', [{ ms }]]])), 1);
  });
  return { machine: machine(), isQuick: false, results: kept };
}

function scratchFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dayfold-bench-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'results.json');
}

test('a case is kept until it is measured again on the same machine', () => {
  const file = scratchFile();
  keepResults(file, results(['start', 1], ['plan', 2]));
  keepResults(file, results(['plan', 3], ['csv', 4]));
  const medians = readResults(file)?.results.map(({ name, contenders }) => [
    name,
    contenders[0]?.figures['ms']?.median,
  ]);
  expect(medians).toEqual([
    ['start', 1],
    ['plan', 3],
    ['csv', 4],
  ]);
  const other = { ...machine(), cpu: 'another' };
  expect(keepResults(file, { ...results(['csv', 5]), machine: other }).results.map(({ name }) => name)).toEqual([
    'csv',
  ]);
});

test('a results file of another form is begun anew, and asking for its results says what is wrong', () => {
  const file = scratchFile();
  writeFileSync(file, '{ "results": 3 }');
  expect(() => readResults(file)).toThrow('results');
  keepResults(file, results(['start', 1]));
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ results: [{ name: 'start', runs: 1 }] });
  expect(readResults(`${file}.missing`)).toBeUndefined();
});
