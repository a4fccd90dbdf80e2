import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import process from 'node:process';

/** With `--import`: what this process loaded stands in the file of the environment when it ends. */
const loaded = new Set<string>();
registerHooks({
  load(url, context, next) {
    loaded.add(url);
    return next(url, context);
  },
});
process.on('exit', () => writeFileSync(process.env['LOADED_FILE'] ?? '', JSON.stringify([...loaded])));
