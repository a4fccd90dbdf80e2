import type { Clock, Sample } from '@dayfold/sdk';
import type { MqttOptions } from './options.ts';
import { watch } from './watching.ts';

const PROBE_MS = 5000;
const MOST_SAMPLES = 5;
const SAMPLE_BYTES = 200;

/** The first messages that come in, up to five or for as many seconds. */
export async function probe(options: MqttOptions, clock: Clock, signal: AbortSignal): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const enough = new AbortController();
  const limit = AbortSignal.any([signal, enough.signal]);
  await watch(options, limit, {
    name: 'probe',
    subscribed() {
      clock.sleep(PROBE_MS, limit).then(
        () => enough.abort(),
        () => undefined,
      );
    },
    message(_tap, { topic, payload }) {
      samples.push({ from: topic, text: payload.subarray(0, SAMPLE_BYTES).toString('utf8') });
      if (samples.length === MOST_SAMPLES) enough.abort();
    },
  });
  return samples;
}
