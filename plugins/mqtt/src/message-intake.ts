import type { Health, Readings } from '@dayfold/sdk';
import type { Copies } from './copies.ts';
import type { Incoming } from './incoming.ts';
import type { MessageReader, Read } from './message-reader.ts';
import type { RetainedMemory } from './retained-memory.ts';

const SAMPLE_BYTES = 200;

/** Reads messages and stores what they give; those of one topic in the order in which they came. */
export class MessageIntake {
  readonly #reader: MessageReader;
  readonly #copies: Copies;
  readonly #retained: RetainedMemory;
  readonly #readings: Readings;
  readonly #health: Health;
  /** Messages that wait for an expression or the storage; the next of the same topic waits behind. */
  readonly #chains = new Map<string, Promise<unknown>>();

  constructor(reader: MessageReader, copies: Copies, retained: RetainedMemory, readings: Readings, health: Health) {
    this.#reader = reader;
    this.#copies = copies;
    this.#retained = retained;
    this.#readings = readings;
    this.#health = health;
  }

  /**
   * Resolves once the message is stored, or at once when nothing of it ever will be: it is then a misfit, and delivering
   * it again would help nobody, or a copy of one that counts. Rejects when the store cannot take it now.
   */
  take(message: Incoming, receipt: number | undefined): Promise<void> {
    const refusal = refusalOf(message);
    if (refusal !== undefined) {
      if (message.tooLarge === undefined || this.#reader.isWanted(message.topic))
        this.#health.misfit(refusal, sampleOf(message));
      return Promise.resolve();
    }
    // Of what was retained the memory knows what came before.
    if (!message.retain && this.#copies.isSurplus(message)) return Promise.resolve();
    const before = this.#chains.get(message.topic);
    if (before === undefined && !message.retain) {
      const read = this.#reader.read(message.topic, message.payload, false);
      if (!(read instanceof Promise)) return this.#store(message, read, receipt);
      return this.#inTurn(
        message,
        read.then((done) => ({ stored: this.#store(message, done, receipt) })),
      );
    }
    return this.#inTurn(
      message,
      (before ?? Promise.resolve()).then(() => this.#takeSlowly(message, receipt)),
    );
  }

  /** `stored` comes wrapped, so that the chain goes on when the readings are handed over and not when they are stored. */
  #inTurn(message: Incoming, turn: Promise<{ readonly stored: Promise<void> }>): Promise<void> {
    const { topic } = message;
    const link = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#chains.set(topic, link);
    void link.then(() => {
      if (this.#chains.get(topic) === link) this.#chains.delete(topic);
    });
    return turn.then(({ stored }) => stored);
  }

  async #takeSlowly(message: Incoming, receipt: number | undefined): Promise<{ readonly stored: Promise<void> }> {
    const { topic, payload, retain } = message;
    const read = await this.#reader.read(topic, payload, retain);
    if (!retain || read.readings.length === 0) return { stored: this.#store(message, read, receipt) };
    const state = await this.#retained.remember(topic, payload);
    if (state === undefined) return { stored: Promise.resolve() };
    const stored = this.#store(message, read, receipt, state);
    stored.catch(() => this.#retained.forget(topic));
    return { stored };
  }

  #store(
    message: Incoming,
    { readings, misfits }: Read,
    receipt: number | undefined,
    state?: Parameters<Readings['emit']>[1],
  ): Promise<void> {
    for (const reason of misfits) this.#health.misfit(reason, sampleOf(message));
    if (readings.length === 0) return Promise.resolve();
    return this.#readings.emit(
      receipt === undefined ? readings : readings.map((reading) => ({ ...reading, receipt })),
      state,
    );
  }
}

/** Brokers should let no such topic pass; mqtt.js would. */
function refusalOf({ topic, tooLarge }: Incoming): string | undefined {
  if (tooLarge !== undefined) return `message of ${tooLarge} bytes is larger than max_payload`;
  // The parser puts U+FFFD where bytes are not UTF-8.
  return topic === '' || /[+#\0\uFFFD]/.test(topic) ? 'the topic is not valid' : undefined;
}

function sampleOf({ topic, payload }: Incoming): string {
  return `${topic} ${payload.subarray(0, SAMPLE_BYTES).toString('utf8')}`;
}
