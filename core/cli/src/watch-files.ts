import { realpathSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** An editor writes in several steps. */
const SETTLE_MS = 300;

/** Calls back when the configuration or the secrets beside it were saved. */
export function watchFiles(file: string, changed: () => void): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const names = new Set([basename(file), basename(realpathSync(file)), 'secrets.yaml']);
  const noted = (_event: string, name: string | null): void => {
    if (name !== null && !names.has(name)) return;
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
  };
  // Folders are watched, since editors replace the file; also the one that a link points into.
  const watchers = [...new Set([dirname(file), dirname(realpathSync(file))])].map((folder) => watch(folder, noted));
  // A folder that goes away takes its watcher along; SIGHUP still works.
  for (const watcher of watchers) watcher.on('error', () => watcher.close());
  return {
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
