import type { Clock, JsonValue, Logger, Storage } from '@dayfold/sdk';
import type { MqttClient } from 'mqtt';
import type { Filters } from './filters.ts';
import type { Incoming } from './incoming.ts';
import { subscribe } from './subscribing.ts';
import { matched } from './topics.ts';

/** Mosquitto's count, since it started, of messages for which a queue had no room: those of all its clients together. */
export const DROPPED_TOPIC = '$SYS/broker/publish/messages/dropped';
const STORED = 'dropped';
/** A loss is shown for a day after the last one, for whoever looks once a day. */
const SHOWN_MS = 24 * 3600 * 1000;
const LOOK_MS = 10 * 60_000;
/** As long as a broker may take that answers at all. */
const ANSWER_MS = 2000;

/** Messages that a broker threw away, with no day between one loss and the next. */
export interface Loss {
  readonly messages: number;
  /** When the first was seen. */
  readonly since: number;
  readonly last: number;
}

/** What was known last of one broker. */
interface Stored {
  readonly broker: string;
  readonly count: number;
  readonly loss?: Loss;
}

/**
 * Whether the broker threw messages away.
 *
 * Its count is asked for on each connection, apart from the topics of the series, and compared with the one before, be it
 * of an earlier connection or process: what grew is a loss. A lower one is that of a broker that was started anew, and
 * counts from nothing. A broker without such a count never sends one; one that closes the connection over the question is
 * not asked again by this source.
 */
export class BrokerDrops {
  readonly #broker: string;
  readonly #isWatched: boolean;
  /** A series takes the topic: its subscription must stay as it is. */
  readonly #isOfSeries: boolean;
  readonly #clock: Clock;
  readonly #storage: Storage;
  readonly #log: Logger;
  readonly #onLoss: (loss: Loss | undefined) => void;
  #known: Stored | undefined;
  #isShown = false;
  #asking: Promise<void> | undefined;
  #isForbidden = false;
  #isKeeping = false;

  /** `onLoss` hears the loss that is to be shown, each time it grows, and undefined once it is over. */
  constructor(
    { broker, isWatched, filters }: { readonly broker: string; readonly isWatched: boolean; readonly filters: Filters },
    { clock, storage, log }: { readonly clock: Clock; readonly storage: Storage; readonly log: Logger },
    onLoss: (loss: Loss | undefined) => void,
  ) {
    this.#broker = broker;
    this.#isWatched = isWatched;
    this.#isOfSeries = [...filters.keys()].some((filter) => matched(filter, DROPPED_TOPIC) !== undefined);
    this.#clock = clock;
    this.#storage = storage;
    this.#log = log;
    this.#onLoss = onLoss;
  }

  /** Whether no SUBSCRIBE waits for its answer any more; a little time is given to it. */
  async isAnswered(): Promise<boolean> {
    if (this.#asking === undefined) return true;
    const waiting = new AbortController();
    const late = this.#clock.sleep(ANSWER_MS, waiting.signal).catch(() => undefined);
    await Promise.race([this.#asking, late]);
    waiting.abort();
    return this.#asking === undefined;
  }

  /** Before the first connection. */
  async open(): Promise<void> {
    if (!this.#isWatched) return;
    const stored = (await this.#storage.get(STORED)) as Stored | undefined;
    this.#known = stored?.broker === this.#broker ? stored : undefined;
    this.#show();
  }

  /** On each connection, once what the series need is subscribed to. */
  ask(client: MqttClient): void {
    if (!this.#isWatched || this.#isOfSeries || this.#isForbidden) return;
    // Where it is refused nothing comes.
    this.#asking = subscribe(client, [[DROPPED_TOPIC, 0]], { retained: 'always' }).then(
      () => {
        this.#asking = undefined;
      },
      () => {
        this.#asking = undefined;
        this.#isForbidden = true;
        this.#log.info('the broker closed the connection when asked what it threw away: it is not asked again');
      },
    );
  }

  /** A message of the topic; whether no series takes it. */
  take({ text, payload }: Pick<Incoming, 'text' | 'payload'>): boolean {
    const told = text ?? payload.toString();
    if (this.#isWatched && /^\d{1,15}$/.test(told)) this.#learn(Number(told));
    return !this.#isOfSeries;
  }

  /** Ends what is shown when its day is over; until the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(LOOK_MS, signal).catch(() => undefined);
      if (!signal.aborted && this.#isShown && this.#lately === undefined) this.#show();
    }
  }

  get #lately(): Loss | undefined {
    const loss = this.#known?.loss;
    return loss !== undefined && Math.abs(this.#clock.now() - loss.last) < SHOWN_MS ? loss : undefined;
  }

  #learn(count: number): void {
    const before = this.#known?.count;
    if (count === before) return;
    const grown = before === undefined ? 0 : count < before ? count : count - before;
    const now = this.#clock.now();
    const { messages = 0, since = now, last = now } = this.#lately ?? {};
    const loss = { messages: messages + grown, since, last: grown === 0 ? last : now };
    this.#known = { broker: this.#broker, count, ...(loss.messages === 0 ? {} : { loss }) };
    void this.#keep();
    if (grown > 0) this.#show();
  }

  #show(): void {
    const loss = this.#lately;
    this.#isShown = loss !== undefined;
    this.#onLoss(loss);
  }

  /** One at a time, and then only the newest: a broker may tell as often as it likes. */
  async #keep(): Promise<void> {
    if (this.#isKeeping) return;
    this.#isKeeping = true;
    try {
      for (let kept: Stored | undefined; kept !== this.#known;) {
        kept = this.#known;
        await this.#storage.set(STORED, kept as unknown as JsonValue);
      }
    } catch (error) {
      this.#log.debug('what the broker threw away could not be stored', { error: String(error) });
    } finally {
      this.#isKeeping = false;
    }
  }
}
