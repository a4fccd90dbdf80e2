import type { Health, Reading, Readings } from '@dayfold/sdk';
import { isMisfit } from '@dayfold/sdk/picking';
import type { Misfit } from '@dayfold/sdk/picking';
import type { Copies } from './copies.ts';
import type { Incoming } from './incoming.ts';
import type { MessageReader, Read } from './message-reader.ts';
import type { RetainedMemory } from './retained-memory.ts';

const SAMPLE_BYTES = 200;
const NONE: readonly Reading[] = [];

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
   * The readings of a message that can be told at once, for whoever stores them with those of others. None where nothing
   * of it ever will be stored: it is then a misfit, and delivering it again would help nobody, or a copy of one that
   * counts. A promise where it takes an expression, the storage or the turn of its topic: resolved once it is stored,
   * rejected when the store cannot take it now.
   */
  take(message: Incoming): readonly Reading[] | Promise<void> {
    if (message.tooLarge !== undefined) return this.#refuse(message, message.tooLarge);
    if (message.retain || (this.#chains.size > 0 && this.#chains.has(message.topic)))
      return this.#inTurn(
        message,
        (this.#chains.get(message.topic) ?? Promise.resolve()).then(() => this.#takeSlowly(message)),
      );
    if (this.#copies.isSurplus(message)) return NONE;
    const read = this.#reader.read(message, false);
    if (!(read instanceof Promise)) return this.#fitting(message, read);
    return this.#inTurn(
      message,
      read.then((done) => ({ stored: this.#store(this.#fitting(message, done)) })),
    );
  }

  #refuse(message: Incoming, bytes: number): readonly Reading[] {
    if (this.#reader.isWanted(message.topic))
      this.#health.misfit(`message of ${bytes} bytes is larger than max_payload`, sampleOf(message));
    return NONE;
  }

  /** `stored` comes wrapped, so that the chain goes on when the readings are handed over and not when they are stored. */
  #inTurn({ topic }: Incoming, turn: Promise<{ readonly stored: Promise<void> }>): Promise<void> {
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

  async #takeSlowly(message: Incoming): Promise<{ readonly stored: Promise<void> }> {
    const { topic, retain } = message;
    // Of what was retained the memory knows what came before.
    if (!retain && this.#copies.isSurplus(message)) return { stored: Promise.resolve() };
    const readings = this.#fitting(message, await this.#reader.read(message, retain));
    if (!retain || readings.length === 0) return { stored: this.#store(readings) };
    const state = await this.#retained.remember(topic, message.payload);
    if (state === undefined) return { stored: Promise.resolve() };
    const stored = this.#store(readings, state);
    stored.catch(() => this.#retained.forget(topic));
    return { stored };
  }

  #fitting(message: Incoming, read: Read): readonly Reading[] {
    if (!isList(read)) {
      const reading = this.#fittingOne(message, read);
      return reading === undefined ? NONE : [reading];
    }
    return read.flatMap((one) => this.#fittingOne(message, one) ?? []);
  }

  #fittingOne(message: Incoming, picked: Reading | Misfit): Reading | undefined {
    if (isMisfit(picked)) {
      this.#health.misfit(picked.misfit, sampleOf(message));
      return undefined;
    }
    return message.messageId === undefined ? picked : { ...picked, receipt: message.receipt };
  }

  #store(readings: readonly Reading[], state?: Parameters<Readings['emit']>[1]): Promise<void> {
    return readings.length === 0 ? Promise.resolve() : this.#readings.emit(readings, state);
  }
}

function sampleOf({ topic, payload }: Incoming): string {
  return `${topic} ${payload.subarray(0, SAMPLE_BYTES).toString('utf8')}`;
}

function isList(read: Read): read is readonly (Reading | Misfit)[] {
  return Array.isArray(read);
}
