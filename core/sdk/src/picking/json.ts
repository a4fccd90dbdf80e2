/** No honest document comes near it; what walks through a deeper one runs out of stack. */
const DEEPEST = 64;

/** Parses JSON; throws where it is none, and where things stand inside each other too deep. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new Error(TOO_DEEP);
  return JSON.parse(text) as unknown;
}

export const TOO_DEEP = `JSON nested deeper than ${DEEPEST} levels`;

/** Told without parsing: a parser would follow the levels all the way down. */
export function isTooDeep(text: string): boolean {
  // Each level takes two characters at the least.
  return text.length > 2 * DEEPEST && depthOf(text) > DEEPEST;
}

/** Brackets open at once. */
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
