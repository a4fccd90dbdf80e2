import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext } from 'node:tls';
import type { IClientOptions, MqttClient } from 'mqtt';
import { streamBuilder as webSocketBuilder } from 'mqtt/lib/connect/ws';
import { ConfigInvalid } from '@dayfold/sdk';
import type { MqttOptions } from './options.ts';

export interface Address {
  readonly protocol: 'mqtt' | 'mqtts' | 'ws' | 'wss';
  readonly host: string;
  readonly port: number;
  /** For WebSockets. */
  readonly path: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly rejectUnauthorized?: boolean;
}

const PORTS = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 } as const;
const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Where the broker is; the one hosted here is reached over loopback like any other. */
export function addressOf({ url, broker, user, password }: MqttOptions): Address {
  if (broker !== undefined) {
    const host = ANY_ADDRESS[broker.host] ?? broker.host;
    return {
      protocol: 'mqtt',
      host,
      port: broker.port,
      path: '/',
      user: user ?? broker.user,
      password: password ?? broker.password,
    };
  }
  let parsed: URL;
  try {
    parsed = new URL(url as string);
  } catch (error) {
    throw new ConfigInvalid('url: expected an address such as mqtt://localhost:1883', { cause: error });
  }
  const protocol = parsed.protocol.slice(0, -1) as Address['protocol'];
  return {
    protocol,
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? PORTS[protocol] : Number(parsed.port),
    path: `${parsed.pathname === '' ? '/' : parsed.pathname}${parsed.search}`,
    user: user ?? (parsed.username === '' ? undefined : decodeURIComponent(parsed.username)),
    password: password ?? (parsed.password === '' ? undefined : decodeURIComponent(parsed.password)),
  };
}

/** Without user and password. */
export function nameOf({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export async function readTlsFiles(tls: MqttOptions['tls']): Promise<TlsFiles> {
  if (tls === undefined) return {};
  const files: { -readonly [Key in keyof TlsFiles]: TlsFiles[Key] } = { rejectUnauthorized: tls.reject_unauthorized };
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = tls[name];
    if (path === undefined) continue;
    try {
      files[name] = await readFile(path);
    } catch (error) {
      throw new ConfigInvalid(`tls.${name}: ${path} cannot be read`, { cause: error });
    }
  }
  for (const name of ['ca', 'cert'] as const) {
    const file = files[name];
    if (file !== undefined)
      meant(`tls.${name}: ${tls[name]} holds no certificate in PEM`, () => new X509Certificate(file));
  }
  meant(`tls.key: ${tls.key} is not the key of tls.cert, or needs a passphrase`, () => createSecureContext(files));
  return files;
}

function meant(problem: string, attempt: () => unknown): void {
  try {
    attempt();
  } catch (error) {
    throw new ConfigInvalid(problem, { cause: error });
  }
}

/** Opens the connection below MQTT. Errors come as events of the stream. */
export function openSocket(address: Address, tls: TlsFiles, client: MqttClient): Duplex {
  const { protocol, host, port, path } = address;
  switch (protocol) {
    case 'mqtt':
      return connectTcp({ host, port, noDelay: true });
    case 'mqtts':
      return connectTls({ host, port, ...tls, ...(isIP(host) === 0 ? { servername: host } : {}) });
    case 'ws':
    case 'wss':
      return webSocketBuilder(client, {
        protocol,
        hostname: host.includes(':') ? `[${host}]` : host,
        port,
        path,
        protocolId: 'MQTT',
        ...tls,
      } as IClientOptions) as unknown as Duplex;
  }
}
