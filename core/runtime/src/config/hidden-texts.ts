/** Shorter texts tell nothing, and hiding them would tear words apart. */
const SHORTEST = 4;

/** The text without what it must not show. */
export function withoutTexts(text: string, hidden: Iterable<string>): string {
  return [...hidden]
    .filter((each) => each.length >= SHORTEST)
    .toSorted((one, other) => other.length - one.length)
    .reduce((shown, each) => shown.replaceAll(each, '•••'), text);
}
