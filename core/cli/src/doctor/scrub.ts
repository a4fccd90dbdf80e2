import { HIDDEN, withoutCredentials, withoutWhereabouts } from '@dayfold/runtime';
import { homedir } from 'node:os';

/** Shorter texts are parts of ordinary words, and hiding them would tear those apart. */
const SHORTEST = 4;
/** Of base64: less is found by chance. */
const SHORTEST_ENCODED = 6;

/** Takes secrets out of every text of a JSON value: as they are, URL-encoded, in base64 wherever they begin in it, and in addresses. */
export function scrubbed(value: unknown, secrets: Iterable<string>, home: string = homedir()): unknown {
  const hidden = [...new Set([...secrets].filter((secret) => secret.length >= SHORTEST).flatMap(spellings))];
  // The longest first: one secret can be part of another.
  hidden.sort((one, other) => other.length - one.length);
  const clean = (text: string): string => {
    const plain = hidden.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
    const shown = withoutWhereabouts(withoutCredentials(plain));
    // In a container it may be the root.
    return home.length > 1 ? shown.replaceAll(home, '~') : shown;
  };
  return walked(value, clean);
}

function walked(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((each) => walked(each, clean));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [clean(key), walked(each, clean)]));
}

function spellings(secret: string): readonly string[] {
  return [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll('%20', '+'),
    JSON.stringify(secret).slice(1, -1),
    ...[0, 1, 2].flatMap((before) => {
      const encoded = inBase64(secret, before);
      return [encoded, encoded.replaceAll('+', '-').replaceAll('/', '_')];
    }),
  ].filter((text) => text.length >= SHORTEST_ENCODED || text === secret);
}

/** The letters of base64 that depend on nothing but the secret when so many bytes stand before it, as the user's name in a Basic login does. */
function inBase64(secret: string, before: number): string {
  const encoded = Buffer.from(`${' '.repeat(before)}${secret}`)
    .toString('base64')
    .replaceAll('=', '');
  const bytes = before + Buffer.byteLength(secret);
  const whole = Math.floor((bytes * 8) / 6);
  return encoded.slice(Math.ceil((before * 8) / 6), whole);
}
