import { mkdirSync, chmodSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { diskFinding, folderFindings, roomFinding } from '../../src/doctor/folder-checks.ts';
import { apartFindings, nodeFinding, zoneFinding } from '../../src/doctor/host-checks.ts';
import { loginFindings } from '../../src/doctor/login-checks.ts';
import { Folder } from '../command.ts';

const GB = 1_000_000_000;

test.each([
  [150_000_000, 100 * GB, 'fail'],
  [150_000_000, GB, 'fail'],
  [3 * GB, 32 * GB, 'warn'],
  [4 * GB, 32 * GB, 'ok'],
  [100 * GB, 2000 * GB, 'ok'],
])('%d bytes free of %d: %s', (free, size, state) => {
  expect(roomFinding(free, size)).toMatchObject({ state });
});

test.each([
  [0xef53, 'ok'],
  [0x794c7630, 'ok'],
  [0x6969, 'fail'],
  [0xff534d42, 'fail'],
  // As a signed number, which some systems give.
  [0xfe534d42 | 0, 'fail'],
  [0x65735546, 'fail'],
])('a file system of type %d: %s', (type, state) => {
  expect(diskFinding(type)).toMatchObject({ state });
});

test('a data folder that others can read is told with the command that mends it', async () => {
  await using place = await Folder.with();
  expect(await folderFindings(place.file('none'))).toMatchObject([{ state: 'warn' }]);
  expect(await folderFindings(await place.write('file', ''))).toMatchObject([{ state: 'fail' }]);
  const folder = place.file('data');
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(place.file('data/dayfold.db'), '', { mode: 0o600 });
  expect((await folderFindings(folder))[0]).toMatchObject({ state: 'ok' });
  chmodSync(place.file('data/dayfold.db'), 0o644);
  expect((await folderFindings(folder))[0]).toMatchObject({ state: 'warn', remedy: `chmod -R go= ${folder}` });
});

test('clocks may be five minutes apart', () => {
  const now = Date.parse('2026-03-29T12:00:00Z');
  expect(apartFindings('Sun, 29 Mar 2026 11:55:00 GMT', now)).toMatchObject([{ state: 'ok' }]);
  expect(apartFindings('Sun, 29 Mar 2026 13:00:00 GMT', now)).toMatchObject([
    { state: 'fail', message: expect.stringContaining('60 minutes apart') as string },
  ]);
  expect(apartFindings(undefined, now)).toEqual([]);
});

test('a zone that differs from the profile is worth a look, one that differs from the host is not', () => {
  expect(zoneFinding('Asia/Tokyo', undefined)).toMatchObject({ state: 'ok' });
  expect(zoneFinding(undefined, 'Asia/Tokyo')).toMatchObject({ state: 'ok' });
  expect(zoneFinding('Asia/Tokyo', 'Europe/Berlin')).toMatchObject({
    state: 'warn',
    message: expect.stringContaining('the Exist profile says Europe/Berlin') as string,
  });
});

test('a Node.js that is too old is told', () => {
  expect(nodeFinding('22.19.0')).toMatchObject({ state: 'fail' });
  expect(nodeFinding('26.0.0')).toMatchObject({ state: 'ok' });
});

test('each login is told by what Exist said of it', async () => {
  const states = { me: 'accepted', anna: 'refused', ben: 'not connected', cleo: 'unknown' } as const;
  const { findings, timezone } = await loginFindings(
    {
      examine: async (account) => {
        if (account === 'dora') throw new Error('the daemon ended');
        const state = states[account as keyof typeof states];
        return await Promise.resolve({ account, state, ...(account === 'me' ? { timezone: 'Asia/Tokyo' } : {}) });
      },
    },
    [...Object.keys(states), 'dora'],
  );
  expect(findings.map(({ state }) => state)).toEqual(['ok', 'fail', 'warn', 'warn', 'warn']);
  expect(findings[1]?.remedy).toBe('run "dayfold connect anna"');
  expect(timezone).toBe('Asia/Tokyo');
});
