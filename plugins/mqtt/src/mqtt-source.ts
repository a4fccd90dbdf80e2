import { NotReady } from '@dayfold/sdk';
import type { CapturedMessage, Clock, Health, Logger, Readings, Sample, Source, Storage } from '@dayfold/sdk';
import type { IConnackPacket } from 'mqtt';
import { BrokerDrops, DROPPED_TOPIC } from './broker-drops.ts';
import { capture } from './capture.ts';
import { connectError, isVersionCode } from './connect-error.ts';
import { ConnectionReport } from './connection-report.ts';
import { openConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { Copies } from './copies.ts';
import { Deliveries, RECEIVE_MAXIMUM } from './deliveries.ts';
import { filtersOf } from './filters.ts';
import type { HostedBroker } from './hosted-broker.ts';
import type { Incoming } from './incoming.ts';
import { MessageIntake } from './message-intake.ts';
import { MessageReader } from './message-reader.ts';
import type { MqttOptions } from './options.ts';
import { probe } from './probe.ts';
import type { PublishTap, TapListener } from './publish-tap.ts';
import { Redeliveries } from './redeliveries.ts';
import { RetainedMemory } from './retained-memory.ts';
import { firstVersion, ownClientId, rememberOldVersion } from './session-settings.ts';
import { Subscriptions } from './subscriptions.ts';
import { addressOf, nameOf, readTlsFiles } from './transport.ts';
import type { Address } from './transport.ts';

/** A broker forgets us after a week: longer than a holiday's power cut, shorter than for ever. */
const SESSION_EXPIRY_S = 7 * 24 * 3600;
/** A message may give several readings, each with its receipt; only so many deliveries can be unacknowledged. */
const RECEIPTS = 4 * RECEIVE_MAXIMUM;
/** MQTT 5, reason "session taken over". */
const TAKEN_OVER = 142;

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
 * `start` resolves when connected and subscribed for the first time and throws where that fails, so that the host tries
 * again and says why. After that mqtt.js connects again by itself, with pauses set here. A session the broker still
 * knows keeps its subscriptions; to a new one everything is subscribed anew, and a possible gap is shown where there
 * had been a session before, until the next message. When the signal aborts nothing more is taken, what was taken is
 * stored and acknowledged, and then the connection is closed.
 */
export class MqttSource implements Source, TapListener {
  readonly #options: MqttOptions;
  readonly #services: MqttServices;
  readonly #address: Address;
  readonly #report: ConnectionReport;
  readonly #copies = new Copies();
  readonly #redeliveries = new Redeliveries();
  readonly #deliveries: Deliveries;
  readonly #drops: BrokerDrops;
  #clientId = '';
  #subscriptions: Subscriptions | undefined;
  #broker: HostedBroker | undefined;
  #connection: Connection | undefined;
  /** To MQTT 3.1.1, which is not remembered yet. */
  #hasFallenBack = false;
  #hadSession = false;
  #hasMessages = false;
  /** Of the attempt in hand: the code of the CONNACK that came. */
  #code: number | undefined;
  #isFirst = true;
  #isSubscribing = false;
  #first = Promise.withResolvers<void>();
  #ending: Promise<void> | undefined;

  constructor(options: MqttOptions, services: MqttServices, random?: () => number) {
    const { readings, storage, health } = services;
    this.#options = options;
    this.#services = services;
    this.#address = addressOf(options);
    this.#report = new ConnectionReport(this.#address, services, random);
    this.#deliveries = new Deliveries(
      new MessageIntake(new MessageReader(options), this.#copies, new RetainedMemory(storage), readings, health),
      this.#redeliveries,
      readings,
      (tap, error) => this.#troubled(tap, error),
    );
    this.#drops = new BrokerDrops(
      {
        broker: nameOf(this.#address),
        // The one hosted here does not count.
        isWatched: options.watch_drops && options.broker === undefined,
        filters: filtersOf(options),
      },
      services,
      (loss) => this.#report.dropped(loss),
    );
  }

  async start(signal: AbortSignal): Promise<void> {
    const { readings, storage, clock } = this.#services;
    const { broker, keepalive, max_payload, silent_after, status_topic } = this.#options;
    const tls = await readTlsFiles(this.#options.tls);
    this.#clientId = await ownClientId(this.#options, storage);
    const session = `${nameOf(this.#address)} ${this.#clientId}`;
    this.#subscriptions = new Subscriptions(storage, filtersOf(this.#options), session, this.#copies);
    this.#hadSession = await this.#subscriptions.open();
    this.#redeliveries.expect(await readings.receipts(RECEIPTS));
    this.#report.begin();
    await this.#drops.open();
    const version = await firstVersion(this.#options, this.#address, storage, clock);
    signal.throwIfAborted();
    if (broker !== undefined) this.#broker = await (await import('./hosted-broker.ts')).hostBroker(broker);
    // A rejection before anybody waits must not end the process.
    this.#first.promise.catch(() => undefined);
    this.#connection = openConnection(
      {
        address: this.#address,
        tls,
        clientId: this.#clientId,
        version,
        clean: false,
        keepaliveSeconds: Math.round(keepalive / 1000),
        maxPayload: max_payload,
        receiveMaximum: RECEIVE_MAXIMUM,
        sessionExpirySeconds: SESSION_EXPIRY_S,
        will: status_topic,
      },
      this,
    );
    this.#connection.client.on('connect', (connack) => void this.#subscribe(connack));
    const aborted = (): void => {
      this.#first.reject(signal.reason as Error);
      void this.#end();
    };
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
    try {
      await this.#first.promise;
    } catch (error) {
      signal.removeEventListener('abort', aborted);
      await this.#end();
      throw error;
    }
    void this.#report.watchSilence(silent_after, () => this.#connection?.client.connected === true, signal);
    void this.#drops.watch(signal);
  }

  stop(): Promise<void> {
    return this.#end();
  }

  probe(signal: AbortSignal): Promise<readonly Sample[]> {
    return probe(this.#options, this.#services.clock, signal);
  }

  capture(signal: AbortSignal, record: (message: CapturedMessage) => Promise<void> | void): Promise<void> {
    return capture(this.#options, this.#services.clock, signal, record);
  }

  connected(tap: PublishTap, sessionPresent: boolean, code: number): void {
    this.#code = code;
    if (code === 0) {
      this.#subscriptions?.connected(sessionPresent);
      this.#deliveries.connected(sessionPresent, tap.version);
      this.#report.connected();
    }
  }

  published(tap: PublishTap, message: Incoming): void {
    if (message.topic === DROPPED_TOPIC && this.#drops.take(message)) return;
    this.#hasMessages = true;
    this.#deliveries.deliver(tap, message);
  }

  paused(tap: PublishTap): void {
    if (!this.#hasMessages) return;
    this.#hasMessages = false;
    this.#report.messageCame();
    this.#deliveries.flush(tap);
  }

  released(tap: PublishTap, messageId: number): void {
    this.#deliveries.released(tap, messageId);
  }

  pingSent(): void {
    this.#redeliveries.pingSent();
  }

  pingAnswered(): void {
    this.#redeliveries.pingAnswered();
    this.#report.lasted();
  }

  dismissed(_tap: PublishTap, reason: number): void {
    this.#services.log.debug(`the broker closes the connection (reason ${reason})`);
    if (reason === TAKEN_OVER) this.#services.log.info('another client took over our session');
  }

  closed(tap: PublishTap, error: Error | undefined): void {
    const code = this.#code;
    this.#code = undefined;
    const connection = this.#connection;
    if (connection === undefined || this.#ending !== undefined) return;
    if (code === 0) this.#subscriptions?.lost();
    connection.retryAfter(this.#afterClose(connection, code, error, tap));
  }

  /** Milliseconds to wait. */
  #afterClose(connection: Connection, code: number | undefined, error: Error | undefined, tap: PublishTap): number {
    if (this.#mayFallBack(code, error, tap)) {
      this.#hasFallenBack = true;
      connection.speak(4);
      return 1;
    }
    const failure = connectError(this.#address, code, error);
    this.#services.log.debug(failure.message);
    if (!this.#isFirst) return this.#report.lost(failure, code === 0, this.#clientId);
    this.#first.reject(failure);
    return this.#report.waitAtFirst();
  }

  /** Some brokers say that they do not speak MQTT 5, others just close. */
  #mayFallBack(code: number | undefined, error: Error | undefined, tap: PublishTap): boolean {
    if (this.#options.version !== undefined || tap.version !== 5) return false;
    return code === undefined ? this.#isFirst && error === undefined : isVersionCode(code);
  }

  async #subscribe(connack: IConnackPacket): Promise<void> {
    const client = this.#connection?.client;
    if (client === undefined || this.#subscriptions === undefined) return;
    const { broker, status_topic } = this.#options;
    this.#isSubscribing = true;
    try {
      const refused = await this.#subscriptions.bring(client, connack);
      // The broker hosted here is as new as we are: nobody could have sent it anything.
      this.#report.subscribed(refused, this.#hadSession && !connack.sessionPresent && broker === undefined);
      this.#hadSession = true;
      if (status_topic !== undefined) client.publish(status_topic, 'online', { retain: true });
      if (this.#hasFallenBack) await rememberOldVersion(this.#address, this.#services.storage, this.#services.clock);
      this.#hasFallenBack = false;
      this.#isFirst = false;
      this.#first.resolve();
      this.#drops.ask(client);
    } catch (error) {
      if (this.#ending !== undefined) return;
      const message = `subscribing failed: ${(error as Error).message}`;
      this.#report.subscribingFailed(message);
      this.#first.reject(new NotReady(message, { cause: error }));
    } finally {
      this.#isSubscribing = false;
    }
  }

  /** Not stored, so not acknowledged: on a new connection the broker delivers it again. */
  #troubled(tap: PublishTap, error: unknown): void {
    if (this.#ending !== undefined) return;
    this.#report.storingFailed(`a message could not be stored: ${(error as Error).message}`);
    tap.destroy();
  }

  #end(): Promise<void> {
    this.#ending ??= this.#finish();
    return this.#ending;
  }

  async #finish(): Promise<void> {
    const { clock, readings } = this.#services;
    const client = this.#connection?.client;
    if (client !== undefined) {
      const stored = this.#deliveries.close();
      // Something to store makes the group commit due now.
      readings.emit([], { stopped: clock.now() }).catch(() => undefined);
      await stored;
      this.#connection?.tap()?.flushAnswers();
      const { status_topic } = this.#options;
      if (status_topic !== undefined && client.connected)
        await client.publishAsync(status_topic, 'offline', { retain: true }).catch(() => undefined);
      // A farewell would wait for the answer to a SUBSCRIBE, however long.
      const isWaiting = this.#isSubscribing || !(await this.#drops.isAnswered());
      await client.endAsync(!client.connected || isWaiting).catch(() => undefined);
    }
    await this.#broker?.close();
  }
}
