import { definePlugin } from '@dayfold/sdk';
import { z } from 'zod';

/** Never comes up. */
export default definePlugin({
  name: 'throws-at-start',
  config: z.strictObject({}),
  inject: [],
  source: () => ({
    start: () => {
      throw new Error('this plugin cannot start');
    },
  }),
});
