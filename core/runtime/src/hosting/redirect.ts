import { NotReady } from '@dayfold/sdk';
import { checkedUrl } from './checked-address.ts';

/** One request and what it carries. */
export interface Exchange {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const SEE_OTHER = new Set([301, 302, 303]);
const SAME_AGAIN = new Set([307, 308]);
/** All that another origin gets to see; any other header may carry a credential under a name of its own. */
const HARMLESS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'if-modified-since',
  'if-none-match',
  'user-agent',
]);

/** The request that an answer redirects to; undefined when it is none. A body goes to its own origin only. */
export function redirected(
  { url, method, headers, body }: Exchange,
  status: number,
  location: string | undefined,
): Exchange | undefined {
  const isSameAgain = SAME_AGAIN.has(status);
  if (location === undefined || !(isSameAgain || SEE_OTHER.has(status))) return undefined;
  if (!URL.canParse(location, url.href)) throw new NotReady(`${url.host} redirected to something that is no address`);
  const next = checkedUrl(new URL(location, url).href);
  const isOwn = next.origin === url.origin;
  if (isSameAgain && body !== undefined) {
    if (isOwn) return { url: next, method, headers, body };
    throw new NotReady(
      `${url.host} redirected to ${next.host}, which would see what is sent; name that address in "url" if it is meant`,
    );
  }
  return {
    url: next,
    method: isSameAgain ? method : 'GET',
    headers: kept(headers, (name) => name !== 'content-type' && (isOwn || HARMLESS.has(name))),
    body: undefined,
  };
}

function kept(headers: Exchange['headers'], isKept: (name: string) => boolean): Exchange['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isKept(name)));
}
