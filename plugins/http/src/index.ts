import { Clock, definePlugin, Health, Http, Readings, Schedule, Storage } from '@dayfold/sdk';
import { HttpSource } from './http-source.ts';
import { httpOptions } from './options.ts';

export { webhook } from './webhook.ts';

/** Polls an HTTP API that answers JSON. */
export default definePlugin({
  name: 'http',
  config: httpOptions,
  inject: [Readings, Clock, Schedule, Storage, Health, Http],
  source: (config, readings, clock, schedule, storage, health, http) =>
    new HttpSource(config, { readings, clock, schedule, storage, health, http }),
});
