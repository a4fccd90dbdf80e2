import { watch } from 'chokidar';
import { statSync } from 'node:fs';
import { watchedFolder } from './find-files.ts';

/** Calls when anything changes where the patterns look; resolves when it watches. Stops with the signal or by the answer. */
export async function watchFolders(
  patterns: readonly string[],
  signal: AbortSignal,
  onChange: () => void,
  onError: (error: Error) => void,
): Promise<() => Promise<void>> {
  const folders = patterns.map((pattern) => watchedFolder(pattern, isFolder));
  const watchers = folders.map(({ folder, depth }) =>
    watch(folder, { ignoreInitial: true, ...(depth === undefined ? {} : { depth }) })
      .on('all', onChange)
      .on('error', (error) => onError(error as Error)),
  );
  const close = async (): Promise<void> => {
    await Promise.all(watchers.map((watcher) => watcher.close()));
  };
  signal.addEventListener('abort', () => void close(), { once: true });
  await Promise.all(
    watchers.map(
      (watcher) =>
        new Promise<void>((resolve) => {
          watcher.once('ready', () => resolve());
          watcher.once('error', () => resolve());
          signal.addEventListener('abort', () => resolve(), { once: true });
        }),
    ),
  );
  return close;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    // Links in a circle, or a folder that may not be looked into.
    return false;
  }
}
