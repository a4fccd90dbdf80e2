import { Decrypter } from 'age-encryption';
import { createTarDecoder } from 'modern-tar';
import type { ParsedTarEntry } from 'modern-tar';
import { createHash } from 'node:crypto';
import { open, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { BackupInvalid, FORMAT, MANIFEST, Manifest } from './manifest.ts';

const AGE = 'age-encryption.org/';
const GZIP = Buffer.from([0x1f, 0x8b]);
const MOST_OF_MANIFEST = 64 * 1024;

/** Looks at the first bytes only. Throws for what is no backup at all. */
export async function isEncrypted(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw new BackupInvalid(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  });
  try {
    const { buffer, bytesRead } = await handle
      .read({ buffer: Buffer.alloc(AGE.length), position: 0 })
      .catch((error: unknown) => {
        throw new BackupInvalid(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
      });
    const first = buffer.subarray(0, bytesRead);
    if (first.toString('latin1') === AGE) return true;
    if (first.subarray(0, GZIP.length).equals(GZIP)) return false;
    throw new BackupInvalid(
      first.length === 0 ? `${file} is empty: no backup was written to it` : `${file} is not a backup of dayfold`,
    );
  } finally {
    await handle.close();
  }
}

/**
 * Unpacks a backup into an empty folder and holds every part against its checksum. Throws BackupInvalid with the reason; what
 * was unpacked until then is worth nothing.
 */
export async function readArchive(file: string, passphrase: string | undefined, folder: string): Promise<Manifest> {
  const handle = await open(file, 'r');
  try {
    const sealed = handle.createReadStream({ autoClose: false, highWaterMark: 1 << 18 });
    const packed = passphrase === undefined ? sealed : await decrypted(file, sealed, passphrase);
    let manifest: Manifest | undefined;
    await pipeline(packed, createGunzip(), async (plain: AsyncIterable<Uint8Array>) => {
      manifest = await unpacked(plain, folder);
    });
    if (manifest === undefined) throw new BackupInvalid('it holds nothing');
    return manifest;
  } catch (error) {
    throw told(file, error);
  } finally {
    await handle.close();
  }
}

async function decrypted(file: string, sealed: Readable, passphrase: string): Promise<Readable> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    const plain = await decrypter.decrypt(Readable.toWeb(sealed) as ReadableStream<Uint8Array>);
    return Readable.fromWeb(plain as Parameters<typeof Readable.fromWeb>[0]);
  } catch (error) {
    const isWrong = (error as Error).message.includes('no identity matched');
    throw isWrong ? new BackupInvalid(`the passphrase does not open ${file}`, { cause: error }) : error;
  }
}

async function unpacked(plain: AsyncIterable<Uint8Array>, folder: string): Promise<Manifest> {
  const tar = Readable.toWeb(Readable.from(plain)) as ReadableStream<Uint8Array>;
  const entries = tar.pipeThrough(createTarDecoder({ strict: true }));
  let manifest: Manifest | undefined;
  const missing = new Map<string, Manifest['files'][number]>();
  for await (const entry of entries) {
    const { name } = entry.header;
    if (manifest === undefined) {
      manifest = await manifestOf(entry);
      for (const each of manifest.files) missing.set(each.name, each);
      await checkRoom(folder, manifest);
      continue;
    }
    const expected = missing.get(name);
    // Whatever an archive names, only parts that are known and announced come to disk.
    if (expected === undefined || entry.header.type !== 'file')
      throw new BackupInvalid(`it holds ${JSON.stringify(name.slice(0, 100))}, which does not belong there`);
    missing.delete(name);
    await writePart(entry, join(folder, expected.name), expected);
  }
  if (manifest === undefined || missing.size > 0) throw new BackupInvalid('parts of it are missing');
  return manifest;
}

async function manifestOf({ header, body }: ParsedTarEntry): Promise<Manifest> {
  if (header.name !== MANIFEST || header.size > MOST_OF_MANIFEST)
    throw new BackupInvalid(
      `it does not begin with ${MANIFEST} but with ${JSON.stringify(header.name.slice(0, 100))}; it is no backup of dayfold`,
    );
  const text = await new Response(body).text();
  const format = Number((JSON.parse(text) as { format?: unknown }).format);
  if (format > FORMAT)
    throw new BackupInvalid(
      `it was written by a newer dayfold (format ${format}, this one knows ${FORMAT}); update dayfold first`,
    );
  const parsed = Manifest.safeParse(JSON.parse(text));
  if (!parsed.success) throw new BackupInvalid(`its ${MANIFEST} is not one of dayfold`);
  return parsed.data;
}

async function checkRoom(folder: string, { files }: Manifest): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const needed = files.reduce((sum, { size }) => sum + size, 0);
  if (needed > bavail * bsize)
    throw new BackupInvalid(
      `it needs ${megabytes(needed)} MB and the disk of ${folder} has ${megabytes(bavail * bsize)} MB left; free some space`,
    );
}

async function writePart(
  { header, body }: ParsedTarEntry,
  target: string,
  { name, size, sha256 }: Manifest['files'][number],
): Promise<void> {
  if (header.size !== size) throw new BackupInvalid(`the size of ${name} is not the one announced`);
  const hash = createHash('sha256');
  const handle: FileHandle = await open(target, 'wx', 0o600);
  try {
    for await (const chunk of body) {
      hash.update(chunk);
      await handle.appendFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (hash.digest('hex') !== sha256) throw new BackupInvalid(`${name} in it is damaged: its checksum does not fit`);
}

function told(file: string, error: unknown): Error {
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return new BackupInvalid(`the disk is full: ${message}; free some space`, { cause: error });
  if (error instanceof BackupInvalid)
    return message.includes(file)
      ? error
      : new BackupInvalid(`${file} cannot be restored: ${message}`, { cause: error });
  return new BackupInvalid(`${file} is damaged or cut short (${message}); take another backup`, { cause: error });
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
