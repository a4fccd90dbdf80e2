import type { Clock, Storage } from '@dayfold/sdk';
import { randomBytes } from 'node:crypto';
import type { ProtocolVersion } from './incoming.ts';
import type { MqttOptions } from './options.ts';
import { nameOf } from './transport.ts';
import type { Address } from './transport.ts';

/** A broker may learn MQTT 5, and one that was only starting may have closed the connection for another reason. */
const REMEMBERED_MS = 7 * 24 * 3600 * 1000;

/** The session at the broker goes by this name, so it is made once and kept. */
export async function ownClientId({ client_id }: MqttOptions, storage: Storage): Promise<string> {
  if (client_id !== undefined) return client_id;
  const kept = await storage.get('client_id');
  if (typeof kept === 'string') return kept;
  const made = `dayfold-${randomBytes(6).toString('hex')}`;
  await storage.set('client_id', made);
  return made;
}

/** What to begin with: 5, unless this broker was found not to speak it within the last week. */
export async function firstVersion(
  { version, broker }: MqttOptions,
  address: Address,
  storage: Storage,
  clock: Clock,
): Promise<ProtocolVersion> {
  if (version !== undefined) return version;
  // aedes, which is hosted here, speaks 3.1.1 only.
  if (broker !== undefined) return 4;
  const { broker: known, at = 0 } = ((await storage.get('version')) ?? {}) as { broker?: string; at?: number };
  return known === nameOf(address) && Math.abs(clock.now() - at) < REMEMBERED_MS ? 4 : 5;
}

/** Once a broker that was spoken to in MQTT 5 was found to speak 3.1.1 only. */
export async function rememberOldVersion(address: Address, storage: Storage, clock: Clock): Promise<void> {
  await storage.set('version', { broker: nameOf(address), version: 4, at: clock.now() });
}
