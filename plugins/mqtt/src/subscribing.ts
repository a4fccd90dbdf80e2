import type { MqttClient } from 'mqtt';

/** Packets stay small: brokers limit the filters of one SUBSCRIBE. */
const BATCH = 100;
/** From here on a code of SUBACK is a refusal. */
const LEAST_REFUSAL = 128;

export type Wanted = readonly [filter: string, qos: 0 | 1 | 2];
/** With what SUBACK said of each: the quality, or a refusal. */
export type Granted = readonly (readonly [filter: string, code: number])[];

export interface SubscribeOptions {
  /** Common to all of the filters (MQTT 5). */
  readonly identifier?: number;
  /** Whether retained messages come where the broker knows the subscription already; it decides so on MQTT 5 alone. */
  readonly retained?: 'new' | 'always';
}

/** Rejects when the connection broke. */
export async function subscribe(
  client: MqttClient,
  filters: readonly Wanted[],
  options: SubscribeOptions = {},
): Promise<Granted> {
  const granted: Granted[number][] = [];
  for (const quality of [0, 1, 2] as const) {
    const alike = filters.filter(([, qos]) => qos === quality).map(([filter]) => filter);
    for (let at = 0; at < alike.length; at += BATCH) {
      const batch = alike.slice(at, at + BATCH);
      const codes = await send(client, batch, quality, options);
      granted.push(...batch.map((filter, index) => [filter, codes[index] ?? LEAST_REFUSAL] as const));
    }
  }
  return granted;
}

export function isRefused([, code]: Granted[number]): boolean {
  return code >= LEAST_REFUSAL;
}

function send(
  client: MqttClient,
  filters: string[],
  qos: 0 | 1 | 2,
  { identifier, retained = 'new' }: SubscribeOptions,
): Promise<readonly number[]> {
  const options = {
    qos,
    // MQTT 5, section 3.8.3.1; ignored on 3.1.1, where they always come.
    rh: retained === 'new' ? 1 : 0,
    ...(identifier === undefined ? {} : { properties: { subscriptionIdentifier: identifier } }),
  };
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(new Error('the connection broke while subscribing'));
    client.once('close', lost);
    client.subscribe(filters, options, (error, _granted, packet) => {
      client.off('close', lost);
      const codes = packet?.granted ?? (error as { packet?: { granted?: number[] } } | null)?.packet?.granted;
      if (codes !== undefined) resolve(codes.map(Number));
      else if (error === null) resolve(filters.map(() => qos));
      else reject(error);
    });
  });
}
