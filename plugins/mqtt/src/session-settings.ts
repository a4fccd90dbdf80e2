import type { Storage } from '@dayfold/sdk';
import { randomBytes } from 'node:crypto';
import type { ProtocolVersion } from './incoming.ts';
import type { MqttOptions } from './options.ts';
import { nameOf } from './transport.ts';
import type { Address } from './transport.ts';

/** The session at the broker goes by this name, so it is made once and kept. */
export async function ownClientId({ client_id }: MqttOptions, storage: Storage): Promise<string> {
  if (client_id !== undefined) return client_id;
  const kept = await storage.get('client_id');
  if (typeof kept === 'string') return kept;
  const made = `dayfold-${randomBytes(6).toString('hex')}`;
  await storage.set('client_id', made);
  return made;
}

/** What to begin with: 5, unless this broker is known not to speak it. */
export async function firstVersion(
  { version, broker }: MqttOptions,
  address: Address,
  storage: Storage,
): Promise<ProtocolVersion> {
  if (version !== undefined) return version;
  // aedes, which is hosted here, speaks 3.1.1 only.
  if (broker !== undefined) return 4;
  const known = (await storage.get('version')) as { broker?: string } | undefined;
  return known?.broker === nameOf(address) ? 4 : 5;
}

/** Once the broker was found to speak 3.1.1 only. */
export async function rememberOldVersion(address: Address, storage: Storage): Promise<void> {
  await storage.set('version', { broker: nameOf(address), version: 4 });
}
