import { definePlugin } from '@dayfold/sdk';
import { z } from 'zod';

/** Does not end when it is asked to. */
export default definePlugin({
  name: 'never-stops',
  config: z.strictObject({}),
  inject: [],
  source: () => ({
    start: async () => await Promise.resolve(),
    stop: async () => await new Promise<void>(() => undefined),
  }),
});
