import { NotReady } from '@dayfold/sdk';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The text of an answer, which is read no further than `maxBytes` after decoding. */
export async function boundedBody(
  body: Readable,
  encoding: string | undefined,
  maxBytes: number,
  host: string,
): Promise<string> {
  // A body that is given up fails once more by itself, and nobody waits for that.
  body.on('error', () => undefined);
  const collect = async (chunks: AsyncIterable<unknown>): Promise<string> => await collected(chunks, maxBytes, host);
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return await collect(body);
  const decoder = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
  if (decoder === undefined) {
    throw new NotReady(`${host} answered in an encoding that was not asked for: ${name.slice(0, 40)}`);
  }
  return await pipeline(body, decoder(), collect);
}

async function collected(chunks: AsyncIterable<unknown>, maxBytes: number, host: string): Promise<string> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > maxBytes) throw new NotReady(`${host} answered with more than ${maxBytes} bytes`);
    kept.push(bytes);
  }
  return Buffer.concat(kept).toString('utf8');
}
