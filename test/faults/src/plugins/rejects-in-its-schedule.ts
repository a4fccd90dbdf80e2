import { definePlugin, Schedule } from '@dayfold/sdk';
import { z } from 'zod';

/** Fails each time it is called. */
export default definePlugin({
  name: 'rejects-in-its-schedule',
  config: z.strictObject({}),
  inject: [Schedule],
  source: (_config, schedule) => ({
    start: async (signal) => {
      schedule.every(60_000, signal, async () => await Promise.reject(new Error('this plugin fails every minute')));
      await Promise.resolve();
    },
  }),
});
