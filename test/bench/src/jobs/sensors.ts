import { definePlugin, Readings } from '@dayfold/sdk';
import type { Plugin } from '@dayfold/sdk';
import { z } from 'zod';

/** A source whose readings are those that the job hands over. */
export class Sensors {
  readonly #started = Promise.withResolvers<Readings>();
  readonly plugin = definePlugin({
    name: 'sensors',
    config: z.object({}),
    inject: [Readings],
    source: (_config, readings: Readings) => ({
      start: () => {
        // As the mqtt plugin has it on MQTT 5.
        readings.window(1000);
        this.#started.resolve(readings);
      },
    }),
  }) as Plugin;

  /** Resolves when the source runs. */
  get readings(): Promise<Readings> {
    return this.#started.promise;
  }
}

/** A configuration with so many attributes, each from a series `home.s0`, `home.s1` … of its own. JSON is YAML too. */
export function sensorsConfiguration(attributes: number, attribute: object, rest: object = {}): string {
  const names = Array.from({ length: attributes }, (_, index) => [
    `a${index}`,
    { label: `A${index}`, group: 'productivity', from: `home.s${index}`, ...attribute },
  ]);
  return JSON.stringify({
    timezone: 'UTC',
    ...rest,
    sources: { home: { plugin: 'sensors' } },
    attributes: Object.fromEntries(names),
  });
}
