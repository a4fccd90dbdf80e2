import type { MqttClient } from 'mqtt';

/** Packets stay small: brokers limit the filters of one SUBSCRIBE. */
const BATCH = 100;
/** From here on a code of SUBACK is a refusal. */
const LEAST_REFUSAL = 128;

export type Wanted = readonly [filter: string, qos: 0 | 1 | 2];
/** With what SUBACK said of each: the quality, or a refusal. */
export type Granted = readonly (readonly [filter: string, code: number])[];

/** Rejects when the connection broke. The identifier (MQTT 5) is common to all of the filters. */
export async function subscribe(client: MqttClient, filters: readonly Wanted[], identifier?: number): Promise<Granted> {
  const granted: Granted[number][] = [];
  for (const quality of [0, 1, 2] as const) {
    const alike = filters.filter(([, qos]) => qos === quality).map(([filter]) => filter);
    for (let at = 0; at < alike.length; at += BATCH) {
      const batch = alike.slice(at, at + BATCH);
      const codes = await send(client, batch, quality, identifier);
      granted.push(...batch.map((filter, index) => [filter, codes[index] ?? LEAST_REFUSAL] as const));
    }
  }
  return granted;
}

export function isRefused([, code]: Granted[number]): boolean {
  return code >= LEAST_REFUSAL;
}

function send(client: MqttClient, filters: string[], qos: 0 | 1 | 2, identifier?: number): Promise<readonly number[]> {
  // rh 1: retained messages only where the broker does not know the subscription yet (MQTT 5; ignored on 3.1.1).
  const options = {
    qos,
    rh: 1,
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
