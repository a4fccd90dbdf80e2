import { packTar } from 'modern-tar';
import type { TarEntry } from 'modern-tar';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readArchive } from '../../src/backup/read-archive.ts';
import { Folder } from '../command.ts';

const DATABASE = 'a database';

test('the parts that are announced are unpacked for the user alone', async () => {
  await using place = await archive([manifest(), file('dayfold.db', DATABASE)]);
  expect(await readArchive(place.file('b'), undefined, place.file('into'))).toMatchObject({ schema: 1 });
  expect(readFileSync(place.file('into/dayfold.db'), 'utf8')).toBe(DATABASE);
});

test.each<[what: string, says: string, entries: TarEntry[]]>([
  ['a path out of the folder', '"../x", which does not belong there', [manifest(), file('../x', 'evil')]],
  ['an absolute path', '"/tmp/x", which does not belong there', [manifest(), file('/tmp/x', 'evil')]],
  ['a known name in a folder', '"./dayfold.db", which', [manifest(), file('./dayfold.db', DATABASE)]],
  [
    'a path out of the folder in its list',
    'is not one of dayfold',
    [manifest({ name: '../x' }), file('../x', DATABASE)],
  ],
  ['a link', 'which does not belong there', [manifest(), link('dayfold.db')]],
  ['a part twice', 'which does not', [manifest(), file('dayfold.db', DATABASE), file('dayfold.db', 'evil')]],
  ['a part that was not announced', 'which does not', [manifest(), file('secrets.yaml', 'evil')]],
  ['a part that is missing', 'parts of it are missing', [manifest()]],
  ['no list', 'does not begin with manifest.json', [file('dayfold.db', DATABASE)]],
  ['a list that is none', 'is damaged', [file('manifest.json', '{'), file('dayfold.db', DATABASE)]],
  [
    'a newer format',
    'written by a newer dayfold (format 2',
    [manifest({}, { format: 2 }), file('dayfold.db', DATABASE)],
  ],
  ['another content', 'checksum does not fit', [manifest(), file('dayfold.db', 'a Database')]],
  ['another size', 'not the one announced', [manifest(), file('dayfold.db', 'more than was said')]],
  ['more than the disk holds', 'free some space', [manifest({ size: 2 ** 52 }), file('dayfold.db', DATABASE)]],
  ['nothing', 'parts of it are missing', []],
])('an archive with %s is refused', async (_what, says, entries) => {
  await using place = await archive(entries);
  const before = readdirSync(place.path);
  await expect(readArchive(place.file('b'), undefined, place.file('into'))).rejects.toThrow(says);
  await expect(readArchive(place.file('b'), undefined, place.file('into'))).rejects.toMatchObject({
    code: 'backup.invalid',
  });
  expect(readdirSync(place.path)).toEqual(before);
  expect(readdirSync(place.file('into')).filter((name) => name !== 'dayfold.db')).toEqual([]);
});

async function archive(entries: TarEntry[]): Promise<Folder> {
  const place = await Folder.with();
  mkdirSync(place.file('into'));
  await place.write('b', gzipSync(await packTar(entries)));
  return place;
}

function manifest(
  part: Readonly<Record<string, unknown>> = {},
  changes: Readonly<Record<string, unknown>> = {},
): TarEntry {
  const sha256 = createHash('sha256').update(DATABASE).digest('hex');
  return file(
    'manifest.json',
    JSON.stringify({
      format: 1,
      dayfold: '0.1.0',
      created: '2026-03-29T10:00:00.000Z',
      schema: 1,
      secrets: false,
      files: [{ name: 'dayfold.db', size: DATABASE.length, sha256, ...part }],
      ...changes,
    }),
  );
}

function file(name: string, body: string): TarEntry {
  return { header: { name, type: 'file', size: body.length }, body };
}

function link(name: string): TarEntry {
  return { header: { name, type: 'symlink', size: 0, linkname: '/etc/passwd' } };
}
