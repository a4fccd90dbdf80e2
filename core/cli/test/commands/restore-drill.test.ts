import { copyStore } from '@dayfold/store-sqlite';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { DATABASE, FORMAT } from '../../src/backup/manifest.ts';
import { writeArchive } from '../../src/backup/write-archive.ts';
import { restore } from '../../src/commands/restore.ts';
import { Folder, RunningDaemon } from '../command.ts';
import { ask, freePort } from '../loopback.ts';
import { contentsOf, makeYear } from '../year.ts';

const PASSPHRASE = 'correct horse battery';
/** Little work, for it is done again for each spoilt file. */
const WORK_FACTOR = 8;
/** What age seals at once, and the seal behind it. */
const CHUNK = 65_536 + 16;

test('a year comes back whole from a backup that was taken while readings came in', async () => {
  await using place = await Folder.with();
  const port = await freePort();
  const before = await makeYear(place.file('data'), 60_000);
  await place.write('dayfold.yaml', configuration(port));
  await place.write('passphrase', PASSPHRASE);
  await using daemon = await RunningDaemon.in(place);
  await daemon.untilReady();
  const posted = { stored: 0, isOver: false };
  const ingest = post(port, posted);
  while (posted.stored < 20) await turn();
  const acknowledgedBefore = posted.stored;
  const made = await place.run(['backup', 'b.age', '--passphrase-file', 'passphrase', '--json']);
  posted.isOver = true;
  await ingest;
  await daemon.stop('SIGKILL');
  expect(made).toMatchObject({ status: 0, stderr: '' });
  expect(posted.stored).toBeGreaterThan(acknowledgedBefore);

  mkdirSync(place.file('new'));
  const where = ['--data', 'new/data', '--config', 'new/dayfold.yaml'];
  const restored = await place.run(['restore', 'b.age', '--passphrase-file', 'passphrase', ...where]);
  expect(restored).toMatchObject({ status: 0, stderr: '' });
  expect(restored.stdout).toContain('share one Exist client');
  expect(readFileSync(place.file('new/dayfold.yaml'), 'utf8')).toBe(configuration(port));
  const listed = await place.run(['days', 'live', '--json', ...where]);
  const live = (JSON.parse(listed.stdout) as { wanted: number; readings: number }[]).reduce(
    (sum, { wanted, readings }) => ({ wanted: sum.wanted + wanted, readings: sum.readings + readings }),
    { wanted: 0, readings: 0 },
  );
  // Everything that was acknowledged before the backup began, nothing twice, nothing that did not come in.
  expect(live.readings).toBeGreaterThanOrEqual(acknowledgedBefore);
  expect(live.readings).toBeLessThanOrEqual(posted.stored);
  expect(live.wanted).toBe(live.readings);
  const { token, ...after } = await contentsOf(place.file('new/data'));
  expect({ ...after, token: before.token }).toEqual(before);
  const { refreshIntentAt, ...login } = JSON.parse(token) as Record<string, unknown>;
  expect(login).toEqual(JSON.parse(before.token));
  expect(refreshIntentAt).toBeGreaterThan(0);
}, 180_000);

test('a backup that is spoilt anywhere is refused with the reason, and the store stays as it was', async () => {
  await using place = await Folder.with();
  await makeYear(place.file('from'), 30_000);
  await makeYear(place.file('data'), 10);
  await place.write('passphrase', PASSPHRASE);
  mkdirSync(place.file('copy'));
  copyStore(place.file('from'), place.file(`copy/${DATABASE}`), { secrets: true });
  await writeBackup(place.file('good.age'), place.file('copy'), 1);
  const good = readFileSync(place.file('good.age'));
  expect(good.length).toBeGreaterThan(4 * CHUNK);
  const before = digestsOf(place.file('data'));
  for (const [what, bytes] of spoiltWays(good)) {
    writeFileSync(place.file('spoilt.age'), bytes);
    await expect(restoreWith(place, 'spoilt.age'), what).rejects.toThrow(
      /damaged or cut short|does not open|is not a backup|is empty/,
    );
  }
  await place.write('passphrase', 'another passphrase');
  await expect(restoreWith(place, 'good.age')).rejects.toThrow('the passphrase does not open');
  expect(digestsOf(place.file('data'))).toEqual(before);

  await place.write('passphrase', PASSPHRASE);
  await restoreWith(place, 'good.age');
  expect((await contentsOf(place.file('data'))).readings).toBe(30_000);
}, 180_000);

test('a backup of a newer schema is refused, whatever its list says', async () => {
  await using place = await Folder.with();
  await makeYear(place.file('from'), 10);
  await place.write('passphrase', PASSPHRASE);
  {
    using database = new DatabaseSync(place.file('from/dayfold.db'));
    database.exec('PRAGMA user_version = 99');
  }
  await writeBackup(place.file('newer.age'), place.file('from'), 1);
  await expect(restoreWith(place, 'newer.age')).rejects.toThrow('was written by a newer dayfold; update dayfold');
  expect(readdirSync(place.path)).not.toContain('data');
});

function configuration(port: number): string {
  return `web: { port: ${port} }
journal: { commit_every: 20ms }
sources: { live: { plugin: webhook, name: live, token: in-token, series: { one: { value: value, id: id } } } }
attributes: { live: { from: live.one, fold: sum, label: Live, group: activity, type: integer } }
`;
}

async function post(port: number, posted: { stored: number; isOver: boolean }): Promise<void> {
  while (!posted.isOver) {
    const json = { id: `r${posted.stored}`, value: 1 };
    if ((await ask(port, 'POST', '/in/live', { token: 'in-token', json })) === 202) posted.stored += 1;
  }
}

async function writeBackup(file: string, folder: string, schema: number): Promise<void> {
  const handle = await open(join(folder, DATABASE));
  try {
    await writeArchive(
      file,
      { format: FORMAT, dayfold: '0.1.0', created: '2026-03-29T10:00:00.000Z', schema, secrets: true },
      [{ name: DATABASE, content: handle }],
      {
        passphrase: PASSPHRASE,
        workFactor: WORK_FACTOR,
        signal: new AbortController().signal,
        progress: () => undefined,
      },
    );
  } finally {
    await handle.close();
  }
}

async function restoreWith(place: Folder, name: string): Promise<void> {
  const quiet = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await restore(place.file(name), {
      data: place.file('data'),
      config: place.file('dayfold.yaml'),
      passphraseFile: place.file('passphrase'),
      force: true,
    });
  } finally {
    quiet.mockRestore();
  }
}

function* spoiltWays(good: Buffer): Generator<[what: string, bytes: Buffer]> {
  yield ['nothing', Buffer.alloc(0)];
  for (const at of [1, 21, 60, 150, 200, good.length - 1]) yield [`cut at ${at}`, good.subarray(0, at)];
  for (let at = 65_536; at < good.length; at += 65_536) yield [`cut at ${at}`, good.subarray(0, at)];
  // A cut between two chunks leaves each of them sealed.
  const body = bodyOf(good);
  for (let at = body; at < good.length; at += CHUNK) yield [`cut between chunks at ${at}`, good.subarray(0, at)];
  yield ['more behind it', Buffer.concat([good, Buffer.alloc(100, 1)])];
  const [one, other, rest] = [
    good.subarray(body, body + CHUNK),
    good.subarray(body + CHUNK, body + 2 * CHUNK),
    body + 2 * CHUNK,
  ];
  yield ['chunks out of order', Buffer.concat([good.subarray(0, body), other, one, good.subarray(rest)])];
  let seed = 20_260_329;
  for (let times = 0; times < 25; times += 1) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const at = seed % good.length;
    const bytes = Buffer.from(good);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (seed >>> 29)), at);
    yield [`a bit at ${at}`, bytes];
  }
}

/** Behind the header, its seal and the nonce of 16 bytes. */
function bodyOf(good: Buffer): number {
  return good.indexOf('\n', good.indexOf('\n--- ') + 1) + 1 + 16;
}

function digestsOf(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}
