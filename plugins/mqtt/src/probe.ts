import type { Clock, Sample } from '@dayfold/sdk';
import { randomBytes } from 'node:crypto';
import { connectError, isVersionCode, openConnection } from './connection.ts';
import { filtersOf } from './filters.ts';
import type { ProtocolVersion } from './incoming.ts';
import type { MqttOptions } from './options.ts';
import { addressOf, readTlsFiles } from './transport.ts';

const PROBE_MS = 5000;
const MOST_SAMPLES = 5;
const SAMPLE_BYTES = 200;

/** Looks at what comes in, under a client id of its own and without a session: the running source keeps all of it. */
export async function probe(options: MqttOptions, clock: Clock, signal: AbortSignal): Promise<readonly Sample[]> {
  const address = addressOf(options);
  const tls = await readTlsFiles(options.tls);
  const samples: Sample[] = [];
  const enough = new AbortController();
  const limit = AbortSignal.any([signal, enough.signal]);
  const attempt = (version: ProtocolVersion): Promise<number> =>
    new Promise((resolve, reject) => {
      let isOpen = false;
      const connection = openConnection(
        {
          address,
          tls,
          clientId: `dayfold-probe-${randomBytes(4).toString('hex')}`,
          version,
          clean: true,
          keepaliveSeconds: 60,
          maxPayload: options.max_payload,
          receiveMaximum: MOST_SAMPLES,
          sessionExpirySeconds: 0,
          will: undefined,
        },
        {
          connected(_tap, _present, code) {
            isOpen = code === 0;
            if (code !== 0) finish(code);
          },
          published(tap, { topic, payload, messageId }) {
            if (messageId !== undefined) tap.answer({ cmd: 'puback', messageId });
            if (samples.length < MOST_SAMPLES)
              samples.push({ from: topic, text: payload.subarray(0, SAMPLE_BYTES).toString('utf8') });
            if (samples.length === MOST_SAMPLES) enough.abort();
          },
          released: () => undefined,
          pingSent: () => undefined,
          pingAnswered: () => undefined,
          dismissed: () => undefined,
          closed(_tap, error) {
            if (!isOpen) fail(error);
          },
        },
      );
      const { client } = connection;
      const finish = (code: number): void => {
        client.end(true);
        resolve(code);
      };
      const fail = (error: unknown): void => {
        client.end(true);
        reject(connectError(address, undefined, error));
      };
      client.on('connect', () => {
        // QoS 0 suffices: a sample is not a reading.
        client.subscribe([...filtersOf(options).keys()], { qos: 0 }, () => {
          clock.sleep(PROBE_MS, limit).then(
            () => finish(0),
            () => finish(0),
          );
        });
      });
    });
  const first: ProtocolVersion = options.version ?? (options.broker === undefined ? 5 : 4);
  let code = await attempt(first);
  if (isVersionCode(code) && options.version === undefined && first === 5) code = await attempt(4);
  if (code !== 0) throw connectError(address, code, undefined);
  return samples;
}
