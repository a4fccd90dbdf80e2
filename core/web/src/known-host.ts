import { isIP } from 'node:net';

/**
 * Whether the Host header of a request is a name of ours. A page elsewhere can point its own name at this machine and
 * have a browser send requests here (DNS rebinding); those carry the foreign name. Addresses cannot be pointed anywhere,
 * and nobody outside hands out `localhost` or `.local`.
 */
export function knownHosts(names: readonly string[]): (header: string | undefined) => boolean {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return (header) => {
    const name = hostNameOf(header);
    return name !== undefined && (isOurs(name) || known.has(name));
  };
}

/** Without port, in lower case and punycode, brackets kept; undefined where the header is missing or no host. */
export function hostNameOf(header: string | undefined): string | undefined {
  if (header === undefined || !/^[^/?#@\\]+$/.test(header)) return undefined;
  return URL.parse(`http://${header}`)?.hostname.replace(/\.$/, '');
}

function isOurs(name: string): boolean {
  if (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0) return true;
  return name === 'localhost' || name.endsWith('.localhost') || name.endsWith('.local');
}
