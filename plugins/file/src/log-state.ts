import type { JsonValue, Storage } from '@dayfold/sdk';
import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { hashOf, SAMPLE_BYTES } from './file-identity.ts';

/** How far a log has been read, and by what its file is known again. */
export interface LogState {
  readonly path: string;
  readonly ino: number;
  /** Behind the last line whose readings are durable. */
  readonly offset: number;
  /** Of the first bytes, as many as there were (at most 256). */
  readonly head: string;
  readonly headLength: number;
  /** Of the last bytes before the offset. */
  readonly tail: string;
}

const stored = z.object({
  path: z.string(),
  ino: z.number(),
  offset: z.number(),
  head: z.string(),
  headLength: z.number(),
  tail: z.string(),
});
const PREFIX = 'log:';

/** The state is filed by inode, so that a renamed log is the same log. */
export function keyOf(ino: number): string {
  return `${PREFIX}${ino}`;
}

export async function stateAt(handle: FileHandle, path: string, ino: number, offset: number): Promise<LogState> {
  const headLength = Math.min(SAMPLE_BYTES, offset);
  const head = await hashOf(handle, 0, headLength);
  return { path, ino, offset, headLength, head, tail: await tailOf(handle, offset) };
}

/** Whether these bytes continue the log the state speaks of: not truncated, not another file under its inode or name. */
export async function continues(handle: FileHandle, state: LogState): Promise<boolean> {
  const { size } = await handle.stat();
  if (size < state.offset) return false;
  return (
    (await hashOf(handle, 0, state.headLength)) === state.head && (await tailOf(handle, state.offset)) === state.tail
  );
}

export async function storedState(storage: Storage, ino: number): Promise<LogState | undefined> {
  return stored.safeParse(await storage.get(keyOf(ino))).data;
}

export async function storedStates(storage: Storage): Promise<readonly LogState[]> {
  const keys = (await storage.keys()).filter((key) => key.startsWith(PREFIX));
  const values: (JsonValue | undefined)[] = await Promise.all(keys.map((key) => storage.get(key)));
  return values.map((value) => stored.safeParse(value).data).filter((state) => state !== undefined);
}

function tailOf(handle: FileHandle, offset: number): Promise<string> {
  const length = Math.min(SAMPLE_BYTES, offset);
  return hashOf(handle, offset - length, length);
}
