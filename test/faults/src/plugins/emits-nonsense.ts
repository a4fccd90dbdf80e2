import { definePlugin, Readings, Schedule } from '@dayfold/sdk';
import { z } from 'zod';

/** Gives readings that do not fit, and names of other sources. */
export default definePlugin({
  name: 'emits-nonsense',
  config: z.strictObject({}),
  inject: [Readings, Schedule],
  source: (_config, readings, schedule) => ({
    start: async (signal) => {
      schedule.every(60_000, signal, async () => {
        await readings.emit([
          { series: 'home.drops', value: 5 },
          { series: '../x', value: 1 },
          { series: '', value: 1 },
          { series: 'far', value: 1, time: '2099-01-01T00:00:00Z' },
          { series: 'odd', value: Number.NaN },
          { series: 'what', value: {} as never },
        ]);
      });
      await Promise.resolve();
    },
  }),
});
