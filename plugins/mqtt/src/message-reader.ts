import type { Reading } from '@dayfold/sdk';
import { createPicker, isMisfit, strictNumber } from '@dayfold/sdk/picking';
import type { Picker } from '@dayfold/sdk/picking';
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

interface Route {
  readonly name: string;
  readonly series: SeriesOptions;
  readonly picker: Picker;
}

/** Turns a message into readings by the configured series. */
export class MessageReader {
  readonly #series: readonly { readonly template: string; readonly options: SeriesOptions; readonly picker: Picker }[];
  readonly #maxPayload: number;
  readonly #retained: MqttOptions['retained'];
  readonly #routes = new Map<string, readonly Route[]>();

  constructor({ series, max_payload, retained }: Pick<MqttOptions, 'series' | 'max_payload' | 'retained'>) {
    this.#series = Object.entries(series).map(([template, options]) => ({
      template,
      options,
      picker: createPicker(options),
    }));
    this.#maxPayload = max_payload;
    this.#retained = retained;
  }

  async read(topic: string, payload: Uint8Array, isRetained: boolean): Promise<Read> {
    const routes = this.#routesOf(topic).filter(
      ({ series }) => !isRetained || (series.retained ?? this.#retained) !== 'ignore',
    );
    if (routes.length === 0) return { readings: [], misfits: [] };
    const record = this.#recordOf(payload);
    if ('misfit' in record) return { readings: [], misfits: [record.misfit] };
    const readings: Reading[] = [];
    const misfits: string[] = [];
    for (const { name, series, picker } of routes) {
      const picked = await picker.pick(name, record.value);
      if (isMisfit(picked)) misfits.push(`${name}: ${picked.misfit}`);
      else
        readings.push(
          isRetained && (series.retained ?? this.#retained) === 'last' ? { ...picked, retained: true } : picked,
        );
    }
    return { readings, misfits };
  }

  #routesOf(topic: string): readonly Route[] {
    let routes = this.#routes.get(topic);
    if (routes === undefined) {
      if (this.#routes.size >= CACHED_TOPICS) this.#routes.clear();
      routes = this.#series.flatMap(({ template, options, picker }) => {
        const taken = matched(options.topic, topic);
        return taken === undefined ? [] : [{ name: seriesName(template, taken), series: options, picker }];
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
    if (!/^[[{"]|^(?:true|false|null)$/.test(text)) return { value: strictNumber(text) ?? text };
    if (depthOf(text) > DEEPEST) return { misfit: `JSON nested deeper than ${DEEPEST} levels` };
    try {
      return { value: JSON.parse(text) as unknown };
    } catch {
      return { value: text };
    }
  }
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
