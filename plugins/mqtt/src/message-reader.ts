import { ConfigInvalid } from '@dayfold/sdk';
import type { Reading } from '@dayfold/sdk';
import { createPicker, isMisfit, isTooDeep, strictNumber, TOO_DEEP } from '@dayfold/sdk/picking';
import type { Misfit, Picker } from '@dayfold/sdk/picking';
import { BoundedMap } from './bounded-map.ts';
import type { Incoming } from './incoming.ts';
import type { MqttOptions, SeriesOptions } from './options.ts';
import { matched, seriesName } from './topics.ts';

/** `{` */
const OBJECT = 123;
/** A topic storm must not fill the memory. */
const CACHED_TOPICS = 10_000;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** What a message says in one series, or in each of several. */
export type Read = Reading | Misfit | readonly (Reading | Misfit)[];

const NOTHING: Read = [];

interface Entry {
  /** Name of the series with {1} for what a wildcard matches. */
  readonly template: string;
  readonly series: SeriesOptions;
  readonly picker: Picker;
}

interface Route {
  readonly name: string;
  readonly series: SeriesOptions;
  readonly picker: Picker;
}

const INVALID: readonly Route[] = [];

/** Turns a message into readings by the configured series. */
export class MessageReader {
  readonly #exact = new Map<string, Entry[]>();
  readonly #patterns: Entry[] = [];
  readonly #maxPayload: number;
  readonly #retained: MqttOptions['retained'];
  readonly #routes = new BoundedMap<string, readonly Route[]>(CACHED_TOPICS);

  /** Throws ConfigInvalid where an expression of a series is wrong. */
  constructor({ series, max_payload, retained }: Pick<MqttOptions, 'series' | 'max_payload' | 'retained'>) {
    for (const [template, options] of Object.entries(series)) {
      const entry = { template, series: options, picker: pickerOf(template, options) };
      if (/[+#]/.test(options.topic)) this.#patterns.push(entry);
      else this.#exact.set(options.topic, [...(this.#exact.get(options.topic) ?? []), entry]);
    }
    this.#maxPayload = max_payload;
    this.#retained = retained;
  }

  /** Whether any series looks at it. */
  isWanted(topic: string): boolean {
    return this.#routesOf(topic).length > 0;
  }

  /** Answers at once unless an expression needs jsonata. `text` is the payload, where it was decoded already. */
  read(message: Pick<Incoming, 'topic' | 'payload' | 'text'>, isRetained: boolean): Read | Promise<Read> {
    const { text } = message;
    const all = this.#routesOf(message.topic);
    if (all === INVALID) return { misfit: 'the topic is not valid' };
    const routes = isRetained ? all.filter(({ series }) => this.#ruleOf(series) !== 'ignore') : all;
    if (routes.length === 0) return NOTHING;
    const record = text === undefined ? this.#decoded(message.payload) : this.#recordOf(text, text.length);
    if (record instanceof Misfitting) return record;
    return isRetained || routes.length > 1
      ? this.#readSeveral(routes, record, isRetained)
      : this.#readOne(routes[0] as Route, record);
  }

  #readOne({ name, picker }: Route, record: unknown): Read | Promise<Read> {
    const picked = picker.pick(name, record);
    return picked instanceof Promise ? picked.then((late) => namedIn(name, late)) : namedIn(name, picked);
  }

  #readSeveral(routes: readonly Route[], record: unknown, isRetained: boolean): Read | Promise<Read> {
    const picked = routes.map(({ name, picker }) => picker.pick(name, record));
    const sort = (all: readonly (Reading | Misfit)[]): Read =>
      all.map((one, index) => {
        const { name, series } = routes[index] as Route;
        if (isMisfit(one)) return namedIn(name, one);
        return isRetained && this.#ruleOf(series) === 'last' ? { ...one, retained: true } : one;
      });
    return picked.some((one) => one instanceof Promise)
      ? Promise.all(picked.map((one) => Promise.resolve(one))).then(sort)
      : sort(picked as (Reading | Misfit)[]);
  }

  #ruleOf(series: SeriesOptions): MqttOptions['retained'] {
    return series.retained ?? this.#retained;
  }

  #routesOf(topic: string): readonly Route[] {
    let routes = this.#routes.get(topic);
    if (routes === undefined) {
      routes = isValid(topic) ? this.#foundRoutes(topic) : INVALID;
      // A copy: the topic may be a piece of a whole chunk's text, which would stay in memory with it.
      this.#routes.set(Buffer.from(topic).toString(), routes);
    }
    return routes;
  }

  #foundRoutes(topic: string): readonly Route[] {
    return [...(this.#exact.get(topic) ?? []), ...this.#patterns].flatMap(({ template, series, picker }) => {
      const taken = matched(series.topic, topic);
      return taken === undefined ? [] : [{ name: seriesName(template, taken), series, picker }];
    });
  }

  #decoded(payload: Uint8Array): unknown {
    if (payload.length > this.#maxPayload) return this.#tooLarge();
    try {
      return this.#recordOf(decoder.decode(payload), payload.length);
    } catch {
      return new Misfitting('payload is not UTF-8');
    }
  }

  /** What the payload says: JSON, a number or text. */
  #recordOf(given: string, size: number): unknown {
    if (size > this.#maxPayload) return this.#tooLarge();
    const first = given.charCodeAt(0);
    // Mostly an object, and nothing to trim in front of it.
    const text = first === OBJECT ? given : given.trim();
    if (text === '') return new Misfitting('empty payload');
    if (first !== OBJECT && !/^[[{"]|^(?:true|false|null)$/.test(text)) return numberOrText(text);
    if (isTooDeep(text)) return new Misfitting(TOO_DEEP);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text.trim();
    }
  }

  #tooLarge(): Misfitting {
    return new Misfitting(`payload larger than max_payload (${this.#maxPayload} bytes)`);
  }
}

/** Brokers should let no other topic pass; mqtt.js would. U+FFFD stands where bytes are not UTF-8. */
function isValid(topic: string): boolean {
  return topic !== '' && !/[+#\0\uFFFD]/.test(topic);
}

/** A payload of which nothing can be read. */
class Misfitting implements Misfit {
  readonly misfit: string;

  constructor(misfit: string) {
    this.misfit = misfit;
  }
}

function namedIn(series: string, picked: Reading | Misfit): Reading | Misfit {
  return isMisfit(picked) ? { misfit: `${series}: ${picked.misfit}` } : picked;
}

function pickerOf(name: string, options: SeriesOptions): Picker {
  try {
    return createPicker(options);
  } catch (error) {
    throw new ConfigInvalid(`series.${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** A longer integer is a key, not an amount: as a number it would lose digits. */
function numberOrText(text: string): number | string {
  const number = strictNumber(text);
  return number === undefined || (Number.isInteger(number) && !Number.isSafeInteger(number)) ? text : number;
}
