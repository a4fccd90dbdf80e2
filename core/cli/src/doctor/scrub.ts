import { HIDDEN, spellings, withoutCredentials, withoutWhereabouts } from '@dayfold/runtime';
import { homedir } from 'node:os';

/** Shorter texts are parts of ordinary words, and hiding them would tear those apart. */
const SHORTEST = 4;

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
