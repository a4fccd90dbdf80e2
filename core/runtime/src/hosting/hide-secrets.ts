import type { Source } from '@dayfold/sdk';
import { withoutTexts } from '../config/hidden-texts.ts';
import type { Secret } from '../kernel/secret.ts';
import { faultOf } from './plugin-fault.ts';

/** Takes the secrets of a source out of a text that leaves it. */
export type Hide = (text: string) => string;

/** Hides the texts themselves and the forms they travel in. */
export function hiding(secrets: Iterable<Secret>): Hide {
  const hidden = [...secrets]
    .map((secret) => secret.reveal())
    .flatMap((text) => [text, encodeURIComponent(text), Buffer.from(text).toString('base64')]);
  return hidden.length === 0 ? (text) => text : (text) => withoutTexts(text, hidden);
}

/** The same details, with every text in them hidden as far as a log shows them. */
export function hiddenDetails(
  details: Readonly<Record<string, unknown>> | undefined,
  hide: Hide,
): Readonly<Record<string, unknown>> | undefined {
  return details && (hidden(details, hide, MOST_LEVELS) as Readonly<Record<string, unknown>>);
}

/** Deeper structures are no details of a log line. */
const MOST_LEVELS = 5;

function hidden(value: unknown, hide: Hide, levels: number): unknown {
  if (typeof value === 'string') return hide(value);
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return '…';
  if (value instanceof Error) return hide(String(value));
  if (Array.isArray(value)) return value.map((part) => hidden(part, hide, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, hidden(part, hide, levels - 1)]));
}

/** The same source; what its methods throw can be shown to anybody. */
export function withHiddenErrors(source: Source, hide: Hide): Source {
  return new Proxy(source, {
    get(target, key): unknown {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return async (...given: unknown[]): Promise<unknown> => {
        try {
          return (await Reflect.apply(member, target, given)) as unknown;
        } catch (error) {
          const { code, message } = faultOf(error);
          throw Object.assign(new Error(hide(message)), code === undefined ? {} : { code });
        }
      };
    },
  });
}
