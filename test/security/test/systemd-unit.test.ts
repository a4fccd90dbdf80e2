import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Folder } from '../../../core/cli/test/command.ts';

const UNIT = readFileSync(fileURLToPath(new URL('../../../systemd/dayfold.service', import.meta.url)), 'utf8');
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

/** On this machine Node.js lies elsewhere. */
async function analyzed(
  ...args: readonly string[]
): Promise<{ readonly status: number | null; readonly said: string }> {
  await using folder = await Folder.with({ 'dayfold.service': UNIT.replaceAll('/usr/bin/node', process.execPath) });
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, join(folder.path, 'dayfold.service')], {
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

test.skipIf(!hasAnalyze)(
  'the exposure of the unit is rated 2.0 at the most (skipped without systemd-analyze)',
  async () => {
    // In tenths.
    const { status, said } = await analyzed('security', '--offline=yes', '--threshold=20');
    expect(said).toMatch(/Overall exposure level for dayfold\.service: [01]\.\d/);
    expect(status).toBe(0);
  },
);

test.skipIf(!hasAnalyze)('systemd finds nothing wrong with the unit (skipped without systemd-analyze)', async () => {
  expect(await analyzed('verify', '--recursive-errors=no')).toEqual({ status: 0, said: '' });
});

test('the unit claims nothing that Node.js or the daemon cannot keep', () => {
  const settings = new Map(UNIT.split('\n').map((line) => [line.split('=')[0], line] as const));
  for (const name of ['MemoryDenyWriteExecute', 'WatchdogSec', 'NotifyAccess', 'PrivateNetwork', 'IPAddressDeny'])
    expect(settings.has(name), name).toBe(false);
  expect(settings.get('Type')).toBe('Type=exec');
  expect(settings.get('RestartPreventExitStatus')).toBe('RestartPreventExitStatus=2');
});
