import type { Clock, Health, Logger, LoginRequired, NotReady } from '@dayfold/sdk';
import type { Loss } from './broker-drops.ts';
import { Concerns } from './concerns.ts';
import { Reconnecting } from './reconnecting.ts';
import { nameOf } from './transport.ts';
import type { Address } from './transport.ts';

const LOOK_FOR_SILENCE_MS = 60_000;

/** What the person is told about the connection, and how long to wait for the next. */
export class ConnectionReport {
  readonly #address: Address;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #concerns: Concerns;
  readonly #reconnecting: Reconnecting;
  #lastMessage = 0;

  constructor(
    address: Address,
    { clock, health, log }: { readonly clock: Clock; readonly health: Health; readonly log: Logger },
    random?: () => number,
  ) {
    this.#address = address;
    this.#clock = clock;
    this.#log = log;
    this.#concerns = new Concerns(health);
    this.#reconnecting = new Reconnecting(random);
  }

  /** From now on silence is counted. */
  begin(): void {
    this.#lastMessage = this.#clock.now();
  }

  connected(): void {
    this.#reconnecting.connected();
  }

  messageCame(): void {
    this.#lastMessage = this.#clock.now();
    this.#concerns.settle('gap', 'silent');
  }

  /** A connection that lasted until a ping is nobody else's. */
  lasted(): void {
    this.#concerns.settle('taken over', 'storing');
  }

  subscribed(refused: readonly string[], lostSession: boolean): void {
    if (refused.length > 0)
      this.#concerns.raise('subscription', `the broker refuses the subscription to ${refused.join(', ')}`);
    else this.#concerns.settle('subscription');
    if (lostSession) {
      this.#log.warn('the broker no longer knew our session: messages sent meanwhile may be missing');
      this.#concerns.raise(
        'gap',
        `the broker no longer knew our session: ${this.#sinceLast('messages')} may be missing`,
      );
    }
    this.#concerns.settle('lost', 'login');
  }

  subscribingFailed(message: string): void {
    this.#concerns.raise('subscription', message);
  }

  storingFailed(message: string): void {
    this.#concerns.raise('storing', message);
  }

  /** What the broker threw away lately, of which it does not say whose it was. */
  dropped(loss: Loss | undefined): void {
    if (loss === undefined) {
      this.#concerns.settle('dropped');
      return;
    }
    const messages = `${loss.messages} ${loss.messages === 1 ? 'message' : 'messages'}`;
    this.#concerns.raise(
      'dropped',
      `the broker threw away ${messages} for which a queue had no room, first seen ${new Date(loss.since).toISOString()}: those of all its clients, so values may be too low. In mosquitto.conf raise max_queued_messages (0: no bound) and max_inflight_messages; mosquitto's log names the client. If it is none of yours, watch_drops: false ends this`,
    );
  }

  /** Milliseconds to wait for the next attempt, of a connection that never came about before. */
  waitAtFirst(): number {
    return this.#reconnecting.next();
  }

  /** Says why; `hadWorked` is a connection that is lost, and not an attempt that failed. Returns milliseconds to wait. */
  lost(failure: LoginRequired | NotReady, hadWorked: boolean, clientId: string): number {
    if (failure.code === 'plugin.login_required') {
      this.#concerns.raise('login', `${failure.message}; mend it in the configuration`);
      return this.#reconnecting.slow();
    }
    this.#concerns.raise('lost', hadWorked ? `the connection to ${nameOf(this.#address)} is lost` : failure.message);
    if (hadWorked && this.#reconnecting.lost(this.#clock.monotonic())) {
      this.#concerns.raise(
        'taken over',
        `the broker closed the connection five times within a minute: another client seems to use the client id "${clientId}" too; give one of them another client_id`,
      );
      return this.#reconnecting.slow();
    }
    return this.#reconnecting.next();
  }

  /** Until the signal aborts. */
  async watchSilence(limitMs: number, isConnected: () => boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(Math.min(limitMs, LOOK_FOR_SILENCE_MS), signal).catch(() => undefined);
      if (signal.aborted || !isConnected()) continue;
      if (this.#clock.now() - this.#lastMessage >= limitMs && !this.#concerns.has('silent'))
        this.#concerns.raise('silent', `connected, but ${this.#sinceLast('no message')}`);
    }
  }

  #sinceLast(what: string): string {
    return `${what} since ${new Date(this.#lastMessage).toISOString()}`;
  }
}
