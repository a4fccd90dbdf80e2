/** Of base64: less is found by chance. */
const SHORTEST_ENCODED = 6;

/** The forms in which a secret travels: as it is, URL-encoded, inside JSON, and in base64 wherever it begins in it. */
export function spellings(secret: string): readonly string[] {
  return [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    encodeURIComponent(secret.toWellFormed()).replaceAll('%20', '+'),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
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
