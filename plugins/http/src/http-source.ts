import { ConfigInvalid } from '@dayfold/sdk';
import type {
  Clock,
  Health,
  Http,
  JsonValue,
  Reading,
  Readings,
  Sample,
  Schedule,
  Source,
  Storage,
} from '@dayfold/sdk';
import { itemsOf } from '@dayfold/sdk/picking';
import { createHash } from 'node:crypto';
import { DocumentPicker } from './document-picker.ts';
import { withImpliedIds } from './implied-ids.ts';
import type { HttpOptions } from './options.ts';
import { pagesOf } from './pages.ts';
import { ask, jsonOf } from './requests.ts';
import type { Validators } from './requests.ts';

const HOUR_MS = 3_600_000;
const FIRST_RETRY_MS = 30_000;
/** A retry and a turn of the schedule may fall together: one poll is enough. Half the shortest interval. */
const LEAST_GAP_MS = 5000;
const BATCH = 1000;
const VALIDATORS = 'validators';

export interface HttpServices {
  readonly readings: Readings;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly storage: Storage;
  readonly health: Health;
  readonly http: Http;
}

/**
 * Polls on schedule.
 *
 * A failed poll postpones: until the time the server gave, or by a growing, jittered wait of at most an hour. Turns of
 * the schedule that come sooner pass; the poll that follows the wait either recovers or waits longer.
 */
export class HttpSource implements Source {
  readonly #options: HttpOptions;
  readonly #services: HttpServices;
  readonly #picker: DocumentPicker;
  readonly #optionsHash: string;
  readonly #random: () => number;
  #failures = 0;
  /** On the monotonic clock. */
  #notBefore = 0;
  #running: Promise<void> | undefined;

  constructor(options: HttpOptions, services: HttpServices, random: () => number = Math.random) {
    this.#options = options;
    this.#services = services;
    this.#random = random;
    this.#picker = new DocumentPicker(options.series, options.items, services.health);
    this.#optionsHash = createHash('sha256').update(JSON.stringify(options)).digest('base64url');
  }

  /** Polls once before it resolves: a forbidden address or a refused login is then told by the state of the source. */
  async start(signal: AbortSignal): Promise<void> {
    const { every, cron } = this.#options;
    const { schedule } = this.#services;
    try {
      await this.#poll(signal);
    } catch (error) {
      const { code } = error as { code?: string };
      if (signal.aborted || code === 'plugin.config_invalid' || code === 'plugin.login_required') throw error;
      this.#postpone(error, signal);
    }
    if (cron !== undefined) {
      try {
        schedule.cron(cron, signal, () => this.#turn(signal));
      } catch (error) {
        throw new ConfigInvalid(`cron: ${(error as Error).message}`, { cause: error });
      }
      return;
    }
    let isFirst = true;
    schedule.every(every ?? HOUR_MS, signal, () => {
      if (!isFirst) return this.#turn(signal);
      isFirst = false;
      return undefined;
    });
  }

  async stop(): Promise<void> {
    await this.#running;
  }

  async once(signal: AbortSignal): Promise<void> {
    try {
      await this.#poll(signal);
    } catch (error) {
      this.#services.health.degraded((error as Error).message);
      throw error;
    }
  }

  async probe(signal: AbortSignal): Promise<readonly Sample[]> {
    const answer = await ask(pagesOf(this.#options).first, this.#options, {}, this.#services, signal);
    const [own] = Object.values(this.#options.series);
    const items = await itemsOf(own?.items ?? this.#options.items)(jsonOf(answer));
    const from = new URL(this.#options.url).host;
    return items.slice(0, 5).map((item) => ({ from, text: (JSON.stringify(item) ?? '').slice(0, 500) }));
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#services.clock.monotonic() < this.#notBefore) return Promise.resolve();
    this.#running ??= this.#poll(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.#postpone(error, signal);
      })
      .finally(() => (this.#running = undefined));
    return this.#running;
  }

  #postpone(error: unknown, signal: AbortSignal): void {
    const { clock, health } = this.#services;
    const { message, retryAfterMs } = error as { message: string; retryAfterMs?: number };
    const ceiling = Math.min(HOUR_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    const waitMs = Math.ceil(Math.max(retryAfterMs ?? 0, ceiling / 2 + (this.#random() * ceiling) / 2));
    this.#notBefore = clock.monotonic() + waitMs;
    health.degraded(message);
    void clock.sleep(waitMs, signal).then(
      () => this.#turn(signal),
      () => undefined,
    );
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { health } = this.#services;
    const pages = pagesOf(this.#options);
    // The first of several pages cannot tell for the others that nothing changed.
    const isSingle = this.#options.paging === undefined;
    const known = isSingle ? await this.#validators() : {};
    const readings: Reading[] = [];
    let complaint: string | undefined;
    let validators: Validators = {};
    let body: string | undefined;
    let count = 0;
    for (let url: string | undefined = pages.first; url !== undefined;) {
      signal.throwIfAborted();
      const answer = await ask(url, this.#options, known, this.#services, signal);
      if (answer.status === 304) break;
      const document = jsonOf(answer);
      const isRepeated = answer.body === body;
      body = answer.body;
      count += 1;
      const picked = isRepeated ? undefined : await this.#picker.pick(document);
      readings.push(...(picked?.readings ?? []));
      complaint ??= picked?.complaint;
      validators = validatorsOf(answer.headers);
      url = await pages.next({ url, document, items: picked?.items ?? 0, isRepeated, count });
    }
    if (count > 0) await this.#store(withImpliedIds(readings), isSingle ? validators : {});
    this.#failures = 0;
    this.#notBefore = this.#services.clock.monotonic() + LEAST_GAP_MS;
    if (complaint === undefined) health.ok();
    else health.degraded(complaint);
  }

  /** The validators become true with the last of the readings they speak for. */
  async #store(readings: readonly Reading[], validators: Validators): Promise<void> {
    const state = { [VALIDATORS]: { ...validators, options: this.#optionsHash } satisfies JsonValue };
    if (readings.length === 0) await this.#services.storage.set(VALIDATORS, state[VALIDATORS] as JsonValue);
    for (let index = 0; index < readings.length; index += BATCH) {
      const isLast = index + BATCH >= readings.length;
      await this.#services.readings.emit(readings.slice(index, index + BATCH), isLast ? state : undefined);
    }
  }

  async #validators(): Promise<Validators> {
    const stored = (await this.#services.storage.get(VALIDATORS)) as
      | { etag?: string; modified?: string; options?: string }
      | undefined;
    if (stored?.options !== this.#optionsHash) return {};
    return {
      ...(stored.etag === undefined ? {} : { etag: stored.etag }),
      ...(stored.modified === undefined ? {} : { modified: stored.modified }),
    };
  }
}

function validatorsOf(headers: Readonly<Record<string, string>>): Validators {
  const { etag, 'last-modified': modified } = headers;
  return { ...(etag === undefined ? {} : { etag }), ...(modified === undefined ? {} : { modified }) };
}
