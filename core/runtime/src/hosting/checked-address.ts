import { ConfigInvalid, NotReady } from '@dayfold/sdk';
import ipaddr from 'ipaddr.js';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** Whether private networks may be reached, and what to do where one is meant but not allowed. */
export interface Reach {
  readonly allowPrivate: boolean;
  readonly remedy: string;
}

/** All addresses of a name. */
export type Resolver = (name: string) => Promise<readonly Address[]>;

export const systemResolver: Resolver = async (name) => await lookup(name, { all: true });

/** A URL that a source may ask: http or https, without user and password. Throws ConfigInvalid. */
export function checkedUrl(text: string): URL {
  if (!URL.canParse(text)) throw new ConfigInvalid(`"${text.slice(0, 100)}" is not a URL`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ConfigInvalid(`only http and https can be asked, not ${url.protocol}`);
  if (url.username !== '' || url.password !== '') {
    throw new ConfigInvalid(`${url.host}: put user and password into "auth", not into the URL`);
  }
  return url;
}

/**
 * The addresses to connect to, each of them checked. An address in a private network that stands in the URL itself is
 * for the person to allow (ConfigInvalid); one that a name leads to may be the doing of a router without internet, so
 * that is tried again (NotReady).
 */
export async function checkedAddresses(
  url: URL,
  { allowPrivate, remedy }: Reach,
  resolve: Resolver,
  signal: AbortSignal,
): Promise<readonly Address[]> {
  const host = url.hostname.replaceAll(/^\[|\]$/g, '');
  const family = isIP(host);
  const addresses = family === 0 ? await resolved(host, resolve, signal) : [{ address: host, family }];
  const forbidden = allowPrivate ? undefined : addresses.find(({ address }) => !isPublic(address));
  if (forbidden === undefined) return addresses;
  const message = `${host} is in a private network (${forbidden.address}); ${remedy}`;
  throw family !== 0 || LOCAL.test(host) ? new ConfigInvalid(message) : new NotReady(message);
}

const LOCAL = /(?:^|\.)localhost\.?$/i;

async function resolved(host: string, resolve: Resolver, signal: AbortSignal): Promise<readonly Address[]> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    // The system's resolver knows no signal.
    const addresses = await Promise.race([resolve(host), aborted.promise]);
    if (addresses.length > 0) return addresses;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new NotReady(`the name ${host} cannot be resolved`, { cause: error });
  } finally {
    signal.removeEventListener('abort', abort);
  }
  throw new NotReady(`the name ${host} has no address`);
}

const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** Neither loopback, private, link-local, shared (CGNAT), reserved, nor an IPv4 address wrapped in IPv6. */
function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL_IPV6));
}
