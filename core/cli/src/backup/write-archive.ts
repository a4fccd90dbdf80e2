import { Encrypter } from 'age-encryption';
import { packTar } from 'modern-tar/fs';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import process from 'node:process';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { MANIFEST } from './manifest.ts';
import type { Manifest, PartName } from './manifest.ts';

/** Something to keep, by its open file or as text. */
export interface Part {
  readonly name: PartName;
  readonly content: FileHandle | string;
}

export interface ArchiveOptions {
  /** Undefined: not encrypted. */
  readonly passphrase: string | undefined;
  readonly signal: AbortSignal;
  /** Between 0 and 1. */
  readonly progress: (done: number) => void;
  /** log2 of scrypt's cost; age's own default is 18. Tests take less. */
  readonly workFactor?: number;
}

/**
 * Writes `tar | gzip | age`, so that `age -d FILE | tar xz` opens it without dayfold. age (https://age-encryption.org/v1) seals
 * chunks of 64 KB in their order and marks the last: what is changed, moved or cut off is found. The file appears under its name
 * only when it is whole and on disk.
 */
export async function writeArchive(
  file: string,
  about: Omit<Manifest, 'files'>,
  parts: readonly Part[],
  options: ArchiveOptions,
): Promise<{ readonly bytes: number; readonly manifest: Manifest }> {
  const manifest = { ...about, files: await Promise.all(parts.map(described)) };
  const total = manifest.files.reduce((sum, { size }) => sum + size, 0);
  const partial = `${file}.part-${process.pid}`;
  try {
    const tar = packTar([
      { type: 'content', target: MANIFEST, content: JSON.stringify(manifest, undefined, 2), mode: 0o600 },
      ...parts.map(({ name, content }, index) => ({
        type: 'stream' as const,
        target: name,
        content: streamOf(content),
        size: manifest.files[index]?.size ?? 0,
        mode: 0o600,
      })),
    ]);
    const packed = [counting(total, options.progress), createGzip({ level: 6 })] as const;
    const out = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true });
    const { passphrase, signal, workFactor } = options;
    if (passphrase === undefined) await pipeline(tar, ...packed, out, { signal });
    else await pipeline(tar, ...packed, encrypted(passphrase, workFactor), out, { signal });
    await rename(partial, file);
    await synced(dirname(file));
    return { bytes: out.bytesWritten, manifest };
  } finally {
    await rm(partial, { force: true });
  }
}

function encrypted(passphrase: string, workFactor: number | undefined) {
  return async function* (plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const encrypter = new Encrypter();
    if (workFactor !== undefined) encrypter.setScryptWorkFactor(workFactor);
    encrypter.setPassphrase(passphrase);
    yield* await encrypter.encrypt(Readable.toWeb(Readable.from(plain)) as ReadableStream<Uint8Array>);
  };
}

async function described({ name, content }: Part): Promise<Manifest['files'][number]> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of streamOf(content) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { name, size, sha256: hash.digest('hex') };
}

function streamOf(content: FileHandle | string): Readable {
  if (typeof content === 'string') return Readable.from([Buffer.from(content)]);
  return content.createReadStream({ start: 0, autoClose: false, highWaterMark: 1 << 18 });
}

function counting(total: number, progress: (done: number) => void): Transform {
  let done = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      done += chunk.length;
      progress(Math.min(1, done / Math.max(1, total)));
      callback(null, chunk);
    },
  });
}

/** The name is on disk too; file systems that cannot sync a folder keep it their own way. */
async function synced(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}
