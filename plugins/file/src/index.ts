import { Clock, definePlugin, Health, Logger, Readings, Schedule, Storage } from '@dayfold/sdk';
import { FileSource } from './file-source.ts';
import { fileOptions } from './options.ts';

/** CSV, JSON and JSON Lines: read once, watched, or followed while they grow. */
export default definePlugin({
  name: 'file',
  config: fileOptions,
  inject: [Readings, Clock, Schedule, Storage, Health, Logger],
  source: (config, readings, clock, schedule, storage, health, logger) =>
    new FileSource(config, { readings, clock, schedule, storage, health, logger }),
});
