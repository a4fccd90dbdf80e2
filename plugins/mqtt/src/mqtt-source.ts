import { LoginRequired, NotReady } from '@dayfold/sdk';
import type { Clock, Health, Logger, Readings, Sample, Source, Storage } from '@dayfold/sdk';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IClientOptions, MqttClient } from 'mqtt';
import type { IConnackPacket, IPublishPacket } from 'mqtt-packet';
import { hostBroker } from './hosted-broker.ts';
import { acknowledgeLate } from './late-acks.ts';
import { MessageReader } from './message-reader.ts';
import type { MqttOptions } from './options.ts';
import { receiptOf, Redeliveries } from './redeliveries.ts';
import { StoringInbox } from './storing-inbox.ts';

/** mosquitto hands out 20 unacknowledged messages on MQTT 3.1.1 unless told otherwise; a commit must come before that. */
const WINDOW_V4 = 16;
const RECEIVE_MAXIMUM = 1000;
const SESSION_EXPIRY_S = 7 * 24 * 3600;
const FIRST_CONNECT_MS = 20_000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 5 * 60_000;
const PROBE_MS = 5000;
const MOST_SAMPLES = 5;
const MOST_RETAINED = 20_000;
/** Connection refused, not authorised: MQTT 3.1.1 section 3.2.2.3 and MQTT 5 section 3.2.2.2. */
const LOGIN_CODES = new Set([4, 5, 134, 135]);

export interface MqttServices {
  readonly readings: Readings;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly health: Health;
  readonly log: Logger;
}

/**
 * One connection to a broker with a session of its own.
 *
 * `start` connects once and throws where that fails, so that the host tries again and says why. After the first success
 * mqtt.js reconnects by itself with growing, jittered pauses. A session the broker still knows keeps its subscriptions;
 * to a new one everything is subscribed anew, and a gap is shown where there had been a session before.
 */
export class MqttSource implements Source {
  readonly #options: MqttOptions;
  readonly #services: MqttServices;
  readonly #reader: MessageReader;
  readonly #redeliveries = new Redeliveries();
  readonly #retained = new Map<string, string>();
  #client: MqttClient | undefined;
  #broker: { readonly close: () => Promise<void> } | undefined;
  #hadSession = false;
  #failures = 0;
  #lastMessage = 0;

  constructor(options: MqttOptions, services: MqttServices) {
    this.#options = options;
    this.#services = services;
    this.#reader = new MessageReader(options);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { readings, clock, storage } = this.#services;
    const { broker } = this.#options;
    if (broker !== undefined) this.#broker = await hostBroker(broker);
    const usesQos2 = Object.values(this.#options.series).some(({ qos }) => (qos ?? this.#options.qos) === 2);
    // mqtt.js takes in QoS 2 one by one: each is stored at once.
    readings.window(usesQos2 ? 1 : this.#options.version === 5 ? RECEIVE_MAXIMUM / 2 : WINDOW_V4);
    this.#hadSession = (await storage.get('session')) === true;
    this.#redeliveries.expect(await readings.receipts(RECEIVE_MAXIMUM));
    this.#lastMessage = clock.now();
    const { connect } = await import('mqtt');
    const client = connect(this.#url(), await this.#clientOptions(await this.#clientId()));
    this.#client = client;
    // Errors after the first connection are followed by `close` and a new attempt.
    client.on('error', (error) => this.#services.log.debug(`mqtt: ${error.message}`));
    acknowledgeLate(client, (packet) => this.#take(packet));
    client.on('connect', (connack) => void this.#connected(client, connack));
    client.on('reconnect', () => this.#spaceAttempts(client));
    client.on('close', () => this.#closed());
    signal.addEventListener('abort', () => client.end(false), { once: true });
    await this.#firstConnection(client, signal);
    void this.#watchSilence(signal);
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) {
      client.removeAllListeners('close');
      const { status_topic } = this.#options;
      if (status_topic !== undefined && client.connected)
        await client.publishAsync(status_topic, 'offline', { retain: true }).catch(() => undefined);
      await client.endAsync(!client.connected).catch(() => undefined);
    }
    await this.#broker?.close();
    this.#broker = undefined;
  }

  async probe(signal: AbortSignal): Promise<readonly Sample[]> {
    const { connect } = await import('mqtt');
    const options = await this.#clientOptions(`dayfold-probe-${randomBytes(4).toString('hex')}`);
    const client = connect(this.#url(), {
      ...options,
      clean: true,
      reconnectPeriod: 0,
      will: undefined,
    } as IClientOptions);
    const samples: Sample[] = [];
    try {
      await this.#firstConnection(client, signal);
      client.on('message', (topic, payload) => {
        if (samples.length < MOST_SAMPLES) samples.push({ from: topic, text: payload.toString('utf8').slice(0, 200) });
      });
      await client.subscribeAsync([...this.#filters().keys()]);
      await this.#services.clock.sleep(PROBE_MS, signal).catch(() => undefined);
      return samples;
    } finally {
      await client.endAsync(true).catch(() => undefined);
    }
  }

  /** Resolves once the message is stored, or known to give nothing that could be. */
  async #take(packet: IPublishPacket): Promise<void> {
    const { readings: intake, health, clock } = this.#services;
    this.#lastMessage = clock.now();
    const receipt = receiptOf(packet);
    if (this.#redeliveries.isKnown(receipt)) return;
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    if (packet.retain && this.#isKnownRetained(packet.topic, payload)) return;
    const { readings, misfits } = await this.#reader.read(packet.topic, payload, packet.retain);
    for (const reason of misfits) health.misfit(reason, `${packet.topic} ${payload.subarray(0, 200).toString('utf8')}`);
    if (readings.length === 0) return;
    await intake.emit(receipt === undefined ? readings : readings.map((reading) => ({ ...reading, receipt })));
    this.#redeliveries.stored(receipt);
  }

  /** A retained message comes with every subscription; the same content counts once. */
  #isKnownRetained(topic: string, payload: Buffer): boolean {
    const digest = createHash('sha1').update(payload).digest('base64url').slice(0, 12);
    if (this.#retained.get(topic) === digest) return true;
    if (this.#retained.size >= MOST_RETAINED) this.#retained.clear();
    this.#retained.set(topic, digest);
    // The file is small and written rarely: retained messages are states, not streams.
    this.#services.storage.set('retained', Object.fromEntries(this.#retained)).catch(() => undefined);
    return false;
  }

  async #connected(client: MqttClient, connack: IConnackPacket): Promise<void> {
    const { storage, health, log } = this.#services;
    this.#failures = 0;
    try {
      const filters = this.#filters();
      const known = (await storage.get('filters')) as Record<string, number> | undefined;
      const wanted = Object.fromEntries(filters);
      const isSameSet = known !== undefined && JSON.stringify(known) === JSON.stringify(wanted);
      if (!connack.sessionPresent) this.#redeliveries.forget();
      if (!connack.sessionPresent || !isSameSet) {
        const gone = Object.keys(known ?? {}).filter((filter) => !filters.has(filter));
        if (connack.sessionPresent && gone.length > 0) await client.unsubscribeAsync(gone);
        await client.subscribeAsync(
          Object.fromEntries([...filters].map(([filter, qos]) => [filter, { qos: qos as 0 | 1 | 2 }])),
        );
        await storage.set('filters', wanted);
      }
      if (this.#hadSession && !connack.sessionPresent)
        log.warn('the broker forgot our session: messages sent meanwhile may be missing');
      this.#hadSession = true;
      await storage.set('session', true);
      health.ok();
      const { status_topic } = this.#options;
      if (status_topic !== undefined) await client.publishAsync(status_topic, 'online', { retain: true });
    } catch (error) {
      health.degraded(`subscribing failed: ${(error as Error).message}`);
    }
  }

  #closed(): void {
    this.#redeliveries.expectRecent();
    this.#services.health.degraded(`the connection to ${this.#address()} is lost; trying again`);
  }

  /** Full jitter between a second and five minutes, so that a home that comes back does not come back at once. */
  #spaceAttempts(client: MqttClient): void {
    this.#failures += 1;
    const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 12));
    client.options.reconnectPeriod = FIRST_RETRY_MS + Math.random() * (ceiling - FIRST_RETRY_MS);
  }

  async #firstConnection(client: MqttClient, signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(FIRST_CONNECT_MS)]);
    try {
      await once(client as unknown as EventEmitter, 'connect', { signal: limit });
    } catch (error) {
      client.end(true);
      throw this.#connectError(error);
    }
  }

  #connectError(error: unknown): Error {
    const { code, message, name } = error as { code?: string | number; message: string; name: string };
    const where = `broker at ${this.#address()}`;
    if (typeof code === 'number' && LOGIN_CODES.has(code))
      return new LoginRequired(`${where} refuses user or password`, { cause: error });
    if (code === 'ECONNREFUSED') return new NotReady(`${where} refused the connection`, { cause: error });
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      return new NotReady(`${where}: the name is not known`, { cause: error });
    return new NotReady(`${where}: ${name === 'AbortError' ? 'no answer' : message}`, { cause: error });
  }

  async #watchSilence(signal: AbortSignal): Promise<void> {
    const { clock, health } = this.#services;
    const { silent_after: limit } = this.#options;
    let isShown = false;
    while (!signal.aborted) {
      await clock.sleep(Math.min(limit, 60_000), signal).catch(() => undefined);
      if (this.#client?.connected !== true) continue;
      const isSilent = clock.now() - this.#lastMessage > limit;
      if (isSilent && !isShown)
        health.degraded(`connected, but no message since ${new Date(this.#lastMessage).toISOString()}`);
      if (!isSilent && isShown) health.ok();
      isShown = isSilent;
    }
  }

  /** Each filter once, with the highest quality that any of its series wants. */
  #filters(): Map<string, number> {
    const filters = new Map<string, number>();
    for (const { topic, qos = this.#options.qos } of Object.values(this.#options.series)) {
      filters.set(topic, Math.max(filters.get(topic) ?? 0, qos));
    }
    return filters;
  }

  async #clientOptions(clientId: string): Promise<IClientOptions> {
    const { user, password, broker, version, keepalive, tls, status_topic, max_payload } = this.#options;
    const stored = (await this.#services.storage.get('retained')) as Record<string, string> | undefined;
    for (const [topic, digest] of Object.entries(stored ?? {})) this.#retained.set(topic, digest);
    return {
      clientId,
      protocolVersion: version,
      clean: false,
      // Subscriptions are ours to make: only a new session needs them.
      resubscribe: false,
      reconnectPeriod: FIRST_RETRY_MS,
      // A broker that is still starting refuses; without this mqtt.js would never try again.
      reconnectOnConnackError: true,
      connectTimeout: FIRST_CONNECT_MS,
      keepalive: Math.round(keepalive / 1000),
      incomingStore: new StoringInbox((packet) => this.#take(packet)),
      ...optional('username', user ?? broker?.user),
      ...optional('password', password ?? broker?.password),
      ...(version === 5
        ? {
            properties: {
              sessionExpiryInterval: SESSION_EXPIRY_S,
              receiveMaximum: RECEIVE_MAXIMUM,
              maximumPacketSize: max_payload + 70_000,
            },
          }
        : {}),
      ...(status_topic === undefined
        ? {}
        : { will: { topic: status_topic, payload: Buffer.from('offline'), qos: 1 as const, retain: true } }),
      ...(tls === undefined ? {} : { rejectUnauthorized: tls.verify }),
      ...optional('ca', await fileOf(tls?.ca)),
      ...optional('cert', await fileOf(tls?.cert)),
      ...optional('key', await fileOf(tls?.key)),
    };
  }

  async #clientId(): Promise<string> {
    if (this.#options.client_id !== undefined) return this.#options.client_id;
    const kept = await this.#services.storage.get('client_id');
    if (typeof kept === 'string') return kept;
    const made = `dayfold-${randomBytes(6).toString('hex')}`;
    await this.#services.storage.set('client_id', made);
    return made;
  }

  #url(): string {
    const { url, broker } = this.#options;
    if (broker === undefined) return url as string;
    return `mqtt://${['0.0.0.0', '::'].includes(broker.host) ? '127.0.0.1' : broker.host}:${broker.port}`;
  }

  /** Without user and password, which a URL may carry. */
  #address(): string {
    const { hostname, port } = new URL(this.#url());
    return port === '' ? hostname : `${hostname}:${port}`;
  }
}

function optional<Key extends string, T>(key: Key, value: T | undefined): Partial<Record<Key, T>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, T>);
}

async function fileOf(path: string | undefined): Promise<Buffer | undefined> {
  return path === undefined ? undefined : await readFile(path);
}
