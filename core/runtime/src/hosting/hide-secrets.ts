import type { Source } from '@dayfold/sdk';
import type { SourceConfiguration } from '../config/configuration.ts';
import { HIDDEN } from '../config/redact-url.ts';
import { spellings } from '../config/spellings.ts';
import type { Secret } from '../kernel/secret.ts';
import { faultOf } from './plugin-fault.ts';

/** Takes the secrets of a source out of a text that leaves it. */
export type Hide = (text: string) => string;

/** Shorter secrets tell nothing, and hiding them would tear words apart. */
const SHORTEST = 4;
/** A text may be cut short in the middle of a secret: this much of its beginning gives it away. */
const BEGINNING = 8;

/** What nothing that a source says may hold. */
export function secretsOf({ secrets = {}, hidden = [] }: SourceConfiguration): readonly Secret[] {
  return [...Object.values(secrets), ...hidden];
}

/** Hides the texts themselves and the forms they travel in, whole or cut short. */
export function hiding(secrets: Iterable<Secret>): Hide {
  const texts = [...secrets].map((secret) => secret.reveal()).filter((text) => text.length >= SHORTEST);
  const hidden = [...new Set(texts.flatMap(spellings))];
  // The longest first: one can be part of another.
  hidden.sort((one, other) => other.length - one.length);
  return (text) => {
    const whole = hidden.reduce((shown, each) => shown.replaceAll(each, HIDDEN), text);
    return hidden.reduce(withoutBeginnings, whole);
  };
}

function withoutBeginnings(text: string, secret: string): string {
  const beginning = secret.slice(0, BEGINNING);
  let shown = text;
  for (let at = shown.indexOf(beginning); at !== -1; at = shown.indexOf(beginning, at + HIDDEN.length)) {
    let end = at + beginning.length;
    while (end < shown.length && end - at < secret.length && shown[end] === secret[end - at]) end += 1;
    shown = `${shown.slice(0, at)}${HIDDEN}${shown.slice(end)}`;
  }
  return shown;
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
