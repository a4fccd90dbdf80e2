import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** Unknown on Windows, which has neither such links nor pipes among files. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants> & typeof constants;

/**
 * Opens a path from which links were taken out, for reading. Between looking and opening something else may have taken
 * its place: a link is not followed, and a pipe, which would wait for ever for somebody to write, is not read.
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ELOOP' ? new Error('it became a link while it was looked at', { cause: error }) : error;
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error('it is no regular file');
}
