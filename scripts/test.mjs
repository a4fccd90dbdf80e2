// Every check and test, one after the other; ends with one line that counts them.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), 'dayfold-test-'));
const report = join(scratch, 'report.json');
const counts = { passed: 0, failed: 0, skipped: 0 };

const checks = [
  { title: 'format', tool: 'oxfmt/bin/oxfmt', args: ['--check'] },
  { title: 'lint', tool: 'oxlint/bin/oxlint', args: ['--type-aware', '--deny-warnings'] },
  { title: 'types', tool: 'typescript/bin/tsc', args: ['-p', 'tsconfig.json'] },
];
for (const { title, tool, args } of checks) {
  process.stdout.write(`\n── ${title}\n`);
  const isFine = (await node(tool, args)) === 0;
  counts[isFine ? 'passed' : 'failed'] += 1;
  process.stdout.write(isFine ? `${title}: fine\n` : `${title}: FAILED\n`);
}

process.stdout.write('\n── tests\n');
const status = await node('vitest/vitest.mjs', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]);
const tests = readReport();
counts.passed += tests.passed;
counts.skipped += tests.skipped;
counts.failed += tests.failed;
// An error outside any test, or a report that is missing, fails the run too.
if (status !== 0 && tests.failed === 0) counts.failed += 1;
if (tests.passed + tests.failed === 0) counts.failed += 1;
rmSync(scratch, { recursive: true, force: true });

process.stdout.write(
  `\n${counts.passed} passed, ${counts.failed} failed${counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`}\n`,
);
process.exitCode = counts.failed === 0 ? 0 : 1;

function readReport() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    // A file whose setup failed reports its tests as skipped; the file itself is the failure.
    const broken = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && assertionResults.every((each) => each.status !== 'failed'),
    );
    return { passed: numPassedTests, failed: numFailedTests + broken.length, skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

function node(tool, args) {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', tool), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
}
