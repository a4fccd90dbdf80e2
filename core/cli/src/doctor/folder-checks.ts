import { constants } from 'node:fs';
import { access, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fail, ok, warn } from './finding.ts';
import type { Finding } from './finding.ts';

/** Types of statfs(2) whose locks and shared memory SQLite's write-ahead log cannot rely on. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
]);
const LEAST_FREE = 200_000_000;
/** On a large disk a tenth is far more than dayfold ever needs. */
const PLENTY_FREE = 5_000_000_000;

/** Exists, is for the user alone, has room and lies on a disk of this host. */
export async function folderFindings(folder: string): Promise<readonly Finding[]> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined)
    return [warn('data folder', `${folder} is not there yet`, '"dayfold run" makes it; or name another with --data')];
  if (!found.isDirectory()) return [fail('data folder', `${folder} is not a folder`, 'name another with --data')];
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [fail('data folder', `${folder} cannot be written by this user`, `chown it, or run dayfold as its owner`)];
  }
  const { bavail, blocks, bsize, type } = await statfs(folder);
  return [...(await modeFindings(folder, found.mode)), roomFinding(bavail * bsize, blocks * bsize), diskFinding(type)];
}

async function modeFindings(folder: string, mode: number): Promise<readonly Finding[]> {
  if (process.platform === 'win32') return [];
  const open: string[] = (mode & 0o077) === 0 ? [] : [folder];
  for (const name of await readdir(folder)) {
    const file = await stat(join(folder, name)).catch(() => undefined);
    if (file?.isFile() === true && (file.mode & 0o077) !== 0) open.push(join(folder, name));
  }
  return open.length === 0
    ? [ok('data folder', `${folder} is for this user alone`)]
    : [
        warn(
          'data folder',
          `others can read ${open.length === 1 ? open[0] : `${open[0]} and ${open.length - 1} more`}`,
          `chmod -R go= ${folder}`,
        ),
      ];
}

export function roomFinding(free: number, size: number): Finding {
  const message = `${Math.floor(free / 1_000_000)} MB free (${Math.floor((free * 100) / Math.max(1, size))} %)`;
  const remedy = 'free some space; dayfold stops storing when the disk is full, and goes on by itself';
  if (free < LEAST_FREE) return fail('free space', message, remedy);
  return free < size / 10 && free < PLENTY_FREE ? warn('free space', message, remedy) : ok('free space', message);
}

export function diskFinding(type: number): Finding {
  const network = NETWORK.get(type >>> 0);
  if (network === undefined) return ok('disk', 'the data folder lies on a disk of this host');
  return fail(
    'disk',
    `the data folder lies on ${network}: a database there can be damaged by two hosts or a lost connection`,
    'move the data folder to a local disk, and back it up to the other with "dayfold backup"',
  );
}
