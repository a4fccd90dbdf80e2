import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { Subject } from '../src/subject.ts';
import { countedNode, countSyncs, hasStrace, syncsBetween } from '../src/syncs.ts';

const reason = 'strace is not installed, or is not allowed to look';
/** Syncs a file so often as it is told, from the main thread and from the pool. */
const SCRIPT = `
  const fs = require('node:fs');
  const file = fs.openSync(process.argv[1], 'w');
  process.on('message', async ({ times }) => {
    const from = Date.now();
    for (let index = 0; index < times; index += 1) {
      fs.writeSync(file, 'x');
      if (index % 2 === 0) fs.fdatasyncSync(file);
      else await new Promise((resolve) => fs.fsync(file, resolve));
    }
    process.send({ from, to: Date.now() });
  });
  process.send({});`;

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dayfold-bench-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('the syncs of a running process are counted from when it is looked at, whichever thread makes them', async ({
  skip,
}) => {
  skip(!hasStrace, reason);
  await using subject = Subject.node(['-e', SCRIPT, join(scratch(), 'file')], { place: 'helper' });
  await subject.message();
  subject.tell({ times: 3 });
  await subject.message();
  const counting = await countSyncs(subject.pid);
  subject.tell({ times: 10 });
  await subject.message();
  expect(await counting?.end()).toBe(10);
});

test('the syncs of a process that strace started are counted between two times', async ({ skip }) => {
  skip(!hasStrace, reason);
  const folder = scratch();
  const file = join(folder, 'syncs.txt');
  await using subject = countedNode(['-e', SCRIPT, join(folder, 'file')], file, { place: 'helper' });
  await subject.message();
  subject.tell({ times: 5 });
  const first = await subject.message<{ from: number; to: number }>();
  subject.tell({ times: 8 });
  const second = await subject.message<{ from: number; to: number }>();
  subject.process.disconnect();
  await once(subject.process, 'exit');
  expect(syncsBetween(file, first.from, second.to)).toBe(13);
  expect(syncsBetween(file, second.to + 1000, second.to + 2000)).toBe(0);
});
