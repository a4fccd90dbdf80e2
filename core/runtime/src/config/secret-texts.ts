import type { z } from 'zod';
import { Secret } from '../kernel/secret.ts';
import type { Path } from './mistakes.ts';
import { credentialsIn } from './redact-url.ts';
import { secretOptionPlaces } from './secret-places.ts';

/** Under a login or among the headers, but no secret; hiding them would tear ordinary words apart. */
const HARMLESS = /^(?:user|accept(?:-\w+)?|content-type|user-agent)$/i;
/** Of the body of a request, in which not everything is a login. */
const LEAST_OF_BODY = 8;

/** What stands at the secret places of a source's options, and the credentials inside its addresses. */
export function secretTexts(source: string, options: unknown, schema: z.ZodType): readonly Secret[] {
  const isSecretPlace = placesOf(schema);
  const found = new Set<string>();
  for (const [path, text] of textsIn(options, ['sources', source])) {
    const names = path.map(String);
    if (names.includes('body') ? text.length >= LEAST_OF_BODY : isSecretPlace(path) && !HARMLESS.test(names.at(-1)!))
      found.add(text);
    for (const credential of credentialsIn(text)) found.add(credential);
  }
  return [...found].filter((text) => text !== '').map((text) => new Secret(text));
}

/** The schema of a plugin may be one that cannot be described; names give secrets away all the same. */
function placesOf(schema: z.ZodType): (path: Path) => boolean {
  try {
    return secretOptionPlaces(schema);
  } catch {
    return secretOptionPlaces(undefined);
  }
}

function textsIn(value: unknown, path: Path): readonly (readonly [Path, string])[] {
  if (typeof value === 'string' || typeof value === 'number') return [[path, String(value)]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => textsIn(part, [...path, key]));
}
