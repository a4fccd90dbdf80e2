import { ConfigInvalid } from '@dayfold/sdk';
import type { Reading } from '@dayfold/sdk';
import { createPicker, isMisfit, strictNumber } from '@dayfold/sdk/picking';
import type { Misfit, Picker } from '@dayfold/sdk/picking';
import type { MqttOptions, SeriesOptions } from './options.ts';
import { matched, seriesName } from './topics.ts';

const DEEPEST = 32;
/** A topic storm must not fill the memory: beyond this the cache begins anew. */
const CACHED_TOPICS = 10_000;
const decoder = new TextDecoder('utf-8', { fatal: true });

export interface Read {
  readonly readings: readonly Reading[];
  readonly misfits: readonly string[];
}

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

/** Turns a message into readings by the configured series. */
export class MessageReader {
  readonly #exact = new Map<string, Entry[]>();
  readonly #patterns: Entry[] = [];
  readonly #maxPayload: number;
  readonly #retained: MqttOptions['retained'];
  readonly #routes = new Map<string, readonly Route[]>();

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

  /** Answers at once unless an expression needs jsonata. */
  read(topic: string, payload: Uint8Array, isRetained: boolean): Read | Promise<Read> {
    const routes = this.#routesOf(topic).filter(({ series }) => !isRetained || this.#ruleOf(series) !== 'ignore');
    if (routes.length === 0) return { readings: [], misfits: [] };
    const record = this.#recordOf(payload);
    if ('misfit' in record) return { readings: [], misfits: [record.misfit] };
    const picked = routes.map(({ name, picker }) => picker.pick(name, record.value));
    const sort = (all: readonly (Reading | Misfit)[]): Read => {
      const readings: Reading[] = [];
      const misfits: string[] = [];
      for (const [index, one] of all.entries()) {
        const { name, series } = routes[index] as Route;
        if (isMisfit(one)) misfits.push(`${name}: ${one.misfit}`);
        else readings.push(isRetained && this.#ruleOf(series) === 'last' ? { ...one, retained: true } : one);
      }
      return { readings, misfits };
    };
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
      if (this.#routes.size >= CACHED_TOPICS) this.#routes.clear();
      routes = [...(this.#exact.get(topic) ?? []), ...this.#patterns].flatMap(({ template, series, picker }) => {
        const taken = matched(series.topic, topic);
        return taken === undefined ? [] : [{ name: seriesName(template, taken), series, picker }];
      });
      this.#routes.set(topic, routes);
    }
    return routes;
  }

  #recordOf(payload: Uint8Array): { readonly value: unknown } | { readonly misfit: string } {
    if (payload.length === 0) return { misfit: 'empty payload' };
    if (payload.length > this.#maxPayload)
      return { misfit: `payload larger than max_payload (${this.#maxPayload} bytes)` };
    let text: string;
    try {
      text = decoder.decode(payload).trim();
    } catch {
      return { misfit: 'payload is not UTF-8' };
    }
    if (text === '') return { misfit: 'empty payload' };
    if (!/^[[{"]|^(?:true|false|null)$/.test(text)) return { value: numberOrText(text) };
    if (depthOf(text) > DEEPEST) return { misfit: `JSON nested deeper than ${DEEPEST} levels` };
    try {
      return { value: JSON.parse(text) as unknown };
    } catch {
      return { value: text };
    }
  }
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

/** Brackets open at once, without parsing: a parser would follow them all the way down. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isText = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isText) {
      if (code === 92) index += 1;
      else if (code === 34) isText = false;
    } else if (code === 34) isText = true;
    else if (code === 123 || code === 91) deepest = Math.max(deepest, (depth += 1));
    else if (code === 125 || code === 93) depth -= 1;
  }
  return deepest;
}
