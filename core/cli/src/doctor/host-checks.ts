import type { Configuration } from '@dayfold/runtime';
import { SystemClock } from '@dayfold/runtime';
import { createServer } from 'node:net';
import process from 'node:process';
import { request } from 'undici';
import { fail, ok, warn } from './finding.ts';
import type { Finding } from './finding.ts';

const LEAST_NODE = 24;
const MOST_APART_MS = 5 * 60_000;
const ANSWER_MS = 10_000;

export function nodeFinding(version: string = process.versions.node): Finding {
  return Number.parseInt(version, 10) >= LEAST_NODE
    ? ok('node', `Node.js ${version}`)
    : fail('node', `Node.js ${version} is too old`, `install Node.js ${LEAST_NODE} or newer`);
}

/** Against what is stored, and against the Date header of Exist's web server: neither needs a login. */
export async function clockFindings(
  configuration: Configuration | undefined,
  newestStored: number | undefined,
): Promise<readonly Finding[]> {
  const clock = new SystemClock(newestStored);
  const shown = new Date(clock.now()).toISOString();
  const trusted = clock.trusted()
    ? ok('clock', shown)
    : fail('clock', `${shown} lies before what is stored already`, 'set the clock; check the time service of the host');
  const url = configuration?.exist?.url;
  if (url === undefined) return [trusted];
  try {
    const { headers, body } = await request(url, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) });
    await body.dump();
    return [trusted, ok('exist', `${new URL(url).host} answers`), ...apartFindings(headers['date'], clock.now())];
  } catch (error) {
    const reason = (error as { code?: string }).code ?? (error as Error).message;
    return [
      trusted,
      fail(
        'exist',
        `${new URL(url).host} cannot be reached (${reason})`,
        'check network, name service and proxy; values wait meanwhile',
      ),
    ];
  }
}

export function apartFindings(date: unknown, now: number): readonly Finding[] {
  const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(theirs)) return [];
  const apart = Math.abs(theirs - now);
  return apart <= MOST_APART_MS
    ? [ok('clock', "agrees with Exist's")]
    : [
        fail(
          'clock',
          `${Math.round(apart / 60_000)} minutes apart from Exist's; readings may fall on the wrong day`,
          'check the time service of the host',
        ),
      ];
}

/** `profile` is what Exist says of the person. */
export function zoneFinding(configured: string | undefined, profile: string | undefined): Finding {
  const host = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const used = configured ?? profile ?? host;
  const others = [
    ...(profile === undefined || profile === used ? [] : [`the Exist profile says ${profile}`]),
    ...(host === used ? [] : [`this host is in ${host}`]),
  ];
  const message = `days run in ${used}${others.length === 0 ? '' : `; ${others.join(', ')}`}`;
  if (profile !== undefined && profile !== used)
    return warn(
      'time zone',
      message,
      'change "timezone" in dayfold.yaml, or the zone at https://exist.io/account/settings/',
    );
  return ok('time zone', message);
}

/** Whether the daemon could listen there. Not asked while it runs. */
export async function portFindings(configuration: Configuration): Promise<readonly Finding[]> {
  const { host, port } = configuration.web;
  const wanted = [{ what: 'web', host, port }, ...configuration.sources.flatMap(hostedBroker)];
  return await Promise.all(
    wanted.map(async (each) => {
      const trouble = await listeningTrouble(each.host, each.port);
      const place = `${each.host}:${each.port} (${each.what})`;
      return trouble === undefined
        ? ok('port', `${place} is free`)
        : fail('port', `${place}: ${trouble}`, 'stop what listens there, or choose another port in dayfold.yaml');
    }),
  );
}

function hostedBroker({ name, enabled, options }: Configuration['sources'][number]) {
  const { broker } = (options ?? {}) as { broker?: { host?: unknown; port?: unknown } };
  if (!enabled || typeof broker?.port !== 'number') return [];
  return [
    { what: `source ${name}`, host: typeof broker.host === 'string' ? broker.host : '127.0.0.1', port: broker.port },
  ];
}

async function listeningTrouble(host: string, port: number): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'another program listens there' : (error.code ?? error.message)),
    );
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
