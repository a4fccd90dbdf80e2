import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** Enough to hold the first time stamps of a log, by which two generations of it differ. */
export const SAMPLE_BYTES = 256;

/** Hash of the bytes between two offsets. */
export async function hashOf(handle: FileHandle, from: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
  return textHash(buffer.subarray(0, bytesRead));
}

export function textHash(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('base64url').slice(0, 22);
}
