import type { HttpRequest } from '@dayfold/sdk';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { afterEach, expect, test } from 'vitest';
import type { Address } from '../../src/hosting/checked-address.ts';
import { GuardedHttp } from '../../src/hosting/http-client.ts';

const PUBLIC: Address = { address: '93.184.215.14', family: 4 };
const invalid = (message: string | RegExp) => fault('plugin.config_invalid', message);
const notReady = (message: string | RegExp) => fault('plugin.not_ready', message);

interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server on loopback with all that it was asked. */
async function serving(answer: (request: Seen, response: ServerResponse) => void) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const asked = { method, path, headers, body: Buffer.concat(chunks).toString() };
      seen.push(asked);
      answer(asked, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { seen, port, url: `http://127.0.0.1:${port}` };
}

/** Names lead where the list says, one entry for each question; every connection ends at loopback and is noted. */
function worldOf(answers: readonly (readonly Address[])[]) {
  const asked: string[] = [];
  const connected: string[][] = [];
  const left = [...answers];
  const http = new GuardedHttp(
    async (name) => {
      asked.push(name);
      return await Promise.resolve(left.shift() ?? []);
    },
    (addresses) => {
      connected.push(addresses.map(({ address }) => address));
      return new Agent({
        connect: {
          lookup: (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
        },
      });
    },
  );
  return { http, asked, connected };
}

const redirecting =
  (status: number, location: string) =>
  (_request: Seen, response: ServerResponse): void => {
    response.writeHead(status, { location }).end();
  };

test.each([
  'http://127.0.0.1/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://0x7f000001/',
  'http://0177.0.0.1/',
  'http://127.1/',
  'http://127.0.0.1./',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::127.0.0.1]/',
  'http://[::1]/',
  'http://[::]/',
  'http://0.0.0.0/',
  'http://0/',
  'http://localhost/',
  'http://LOCALHOST./',
  'http://dash.localhost/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[fd00:ec2::254]/',
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://192.168.1.1/',
  'http://100.64.0.1/',
  'http://100.100.100.200/',
  'http://198.18.0.1/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://[fe80::1]/',
  'http://[fc00::1]/',
  'http://[fec0::1]/',
  'http://[ff02::1]/',
  'http://[64:ff9b::127.0.0.1]/',
  'http://[2002:7f00:1::]/',
])('%s is refused, whatever it is written like, and the way to allow it is told', async (url) => {
  let connections = 0;
  const http = new GuardedHttp(
    async (name) => [{ address: name.includes('localhost') ? '127.0.0.1' : '93.184.215.14', family: 4 }],
    () => {
      connections += 1;
      return new Agent();
    },
  );
  await expect(http.request(url)).rejects.toEqual(
    invalid(/is in a private network \(.+\); set "allow_private: true" if this device is meant$/),
  );
  expect(connections).toBe(0);
});

test.each([
  ['http://a@127.0.0.1/', /put user and password into "auth"/],
  ['http://a:secret@example.org/', /^example\.org: put user/],
  ['file:///etc/passwd', 'only http and https can be asked, not file:'],
  ['gopher://example.org/', 'only http and https can be asked, not gopher:'],
  ['ftp://example.org/', 'only http and https can be asked, not ftp:'],
  ['data:text/plain,x', 'only http and https can be asked, not data:'],
  ['not a url', '"not a url" is not a URL'],
  ['http://', '"http://" is not a URL'],
])('%s is refused, even where private addresses are allowed', async (url, message) => {
  await expect(new GuardedHttp().request(url, { allowPrivate: true })).rejects.toEqual(invalid(message));
});

test('localhost is refused also by the resolver of the system', async () => {
  await expect(new GuardedHttp().request('http://localhost/')).rejects.toEqual(invalid(/^localhost is in a private/));
});

test('a private device answers where it is allowed', async () => {
  const server = await serving((_request, response) => response.writeHead(200, { 'X-Unit': 'W' }).end('{"a":1}'));
  const answer = await new GuardedHttp().request(`${server.url}/state?x=1`, { allowPrivate: true });
  expect(answer).toMatchObject({
    status: 200,
    url: `${server.url}/state?x=1`,
    headers: { 'x-unit': 'W' },
    body: '{"a":1}',
  });
  expect(server.seen).toMatchObject([
    { method: 'GET', path: '/state?x=1', headers: { 'user-agent': 'dayfold', 'accept-encoding': 'identity' } },
  ]);
});

test('a name is asked for once, and the connection goes to the addresses that were checked', async () => {
  const server = await serving((_request, response) => response.end('ok'));
  const { http, asked, connected } = worldOf([[PUBLIC], [{ address: '127.0.0.1', family: 4 }]]);
  const url = `http://rebinding.example:${server.port}/`;
  expect((await http.request(url)).body).toBe('ok');
  expect([asked, connected]).toEqual([['rebinding.example'], [['93.184.215.14']]]);
  // The second answer of the name is private: nothing is connected to.
  await expect(http.request(url)).rejects.toEqual(notReady(/is in a private network \(127\.0\.0\.1\)/));
  expect(connected).toHaveLength(1);
});

test('the connection of the machine uses the checked addresses and asks no resolver of its own', async () => {
  const server = await serving((_request, response) => response.end('ok'));
  let questions = 0;
  const http = new GuardedHttp(async () => {
    questions += 1;
    return [{ address: questions === 1 ? '127.0.0.1' : '192.0.2.1', family: 4 }];
  });
  const answer = await http.request(`http://no-such-name.invalid:${server.port}/`, { allowPrivate: true });
  expect([answer.body, questions]).toEqual(['ok', 1]);
});

test('one private address among public ones is enough to refuse', async () => {
  const { http, connected } = worldOf([[PUBLIC, { address: '::1', family: 6 }]]);
  await expect(http.request('http://mixed.example/')).rejects.toEqual(notReady(/^mixed\.example is in a private/));
  expect(connected).toEqual([]);
});

test('a name without an address, and one that cannot be resolved, are tried again', async () => {
  const { http } = worldOf([[]]);
  await expect(http.request('http://empty.example/')).rejects.toEqual(
    notReady('the name empty.example has no address'),
  );
  const failing = new GuardedHttp(() => Promise.reject(new Error('ENOTFOUND')));
  await expect(failing.request('http://gone.example/')).rejects.toEqual(
    notReady('the name gone.example cannot be resolved'),
  );
});

test.each([
  ['http://127.0.0.1:1/', /^public\.example:\d+ redirected: 127\.0\.0\.1 is in a private network/],
  ['http://2130706433/', /redirected: 127\.0\.0\.1 is in a private network/],
  ['http://[::1]/', /redirected: ::1 is in a private network/],
  ['http://inside.example/', /is in a private network \(10\.0\.0\.7\)/],
  ['file:///etc/passwd', /redirected: only http and https/],
  ['http://user:pass@public.example/', /redirected: .*put user and password/],
  ['http://[nonsense/', 'no address'],
])('a redirect to %s is not followed, and the other side may think better of it', async (location, message) => {
  const server = await serving(redirecting(302, location));
  const { http, connected } = worldOf([[PUBLIC], [{ address: '10.0.0.7', family: 4 }]]);
  await expect(http.request(`http://public.example:${server.port}/`)).rejects.toEqual(
    notReady(typeof message === 'string' ? new RegExp(message) : message),
  );
  expect(connected).toHaveLength(1);
  expect(server.seen).toHaveLength(1);
});

test('three redirects are followed, the fourth is not', async () => {
  const server = await serving((request, response) => {
    const left = Number(request.path?.slice(1));
    if (left === 0) response.end('there');
    else response.writeHead(302, { location: `/${left - 1}` }).end();
  });
  const http = new GuardedHttp();
  const answer = await http.request(`${server.url}/3`, { allowPrivate: true });
  expect([answer.body, answer.url]).toEqual(['there', `${server.url}/0`]);
  await expect(http.request(`${server.url}/4`, { allowPrivate: true })).rejects.toEqual(
    notReady(/redirected more than 3 times$/),
  );
});

test('another origin sees harmless headers only, and does not give back what it cost', async () => {
  const other = await serving((_request, response) => response.writeHead(302, { location: `${own.url}/end` }).end());
  const own = await serving((request, response) => {
    if (request.path === '/end') response.end('end');
    else response.writeHead(307, { location: `${other.url}/on` }).end();
  });
  const headers = {
    Authorization: 'Bearer canary',
    Cookie: 'session=canary',
    'X-API-Key': 'canary',
    'PRIVATE-TOKEN': 'canary',
    'X-My-Own-Name': 'canary',
    Accept: 'application/json',
    'If-None-Match': '"v1"',
    'Accept-Language': 'de',
  };
  await new GuardedHttp().request(`${own.url}/start`, { headers, allowPrivate: true });
  expect(own.seen[0]?.headers).toMatchObject({ authorization: 'Bearer canary', 'x-my-own-name': 'canary' });
  for (const { headers: sent } of [...other.seen, ...own.seen.slice(1)]) {
    expect(JSON.stringify(sent)).not.toContain('canary');
    expect(sent).toMatchObject({ accept: 'application/json', 'if-none-match': '"v1"', 'user-agent': 'dayfold' });
  }
  expect([other.seen.length, own.seen.length]).toEqual([1, 2]);
});

test('the same origin keeps all headers', async () => {
  const server = await serving((request, response) => {
    if (request.path === '/b') response.end();
    else response.writeHead(302, { location: '/b' }).end();
  });
  await new GuardedHttp().request(`${server.url}/a`, { headers: { 'X-Api-Key': 'mine' }, allowPrivate: true });
  expect(server.seen.map(({ headers }) => headers['x-api-key'])).toEqual(['mine', 'mine']);
});

test.each([
  [301, 'GET', '', undefined],
  [302, 'GET', '', undefined],
  [303, 'GET', '', undefined],
  [307, 'POST', '{"q":1}', 'application/json'],
  [308, 'POST', '{"q":1}', 'application/json'],
])('after %s within an origin a POST goes on as %s', async (status, method, body, type) => {
  const server = await serving((request, response) => {
    if (request.path === '/b') response.end();
    else response.writeHead(status, { location: '/b' }).end();
  });
  await new GuardedHttp().request(`${server.url}/a`, {
    method: 'POST',
    body: '{"q":1}',
    headers: { 'content-type': 'application/json' },
    allowPrivate: true,
  });
  expect(server.seen[1]).toMatchObject({ method, body });
  expect(server.seen[1]?.headers['content-type']).toBe(type);
});

test('a body is not sent to another origin: what it holds is for the one that was named', async () => {
  for (const status of [307, 308]) {
    const other = await serving((_request, response) => response.end());
    const own = await serving(redirecting(status, `${other.url}/take`));
    await expect(
      new GuardedHttp().request(own.url, { method: 'POST', body: 'key=canary', allowPrivate: true }),
    ).rejects.toEqual(notReady(/which would see what is sent; name that address in "url" if it is meant$/));
    expect(other.seen).toEqual([]);
  }
});

test('a POST without a body is told to another origin as it is, and as GET after 303', async () => {
  for (const [status, method] of [
    [307, 'POST'],
    [303, 'GET'],
  ] as const) {
    const other = await serving((_request, response) => response.end());
    const own = await serving(redirecting(status, other.url));
    await new GuardedHttp().request(own.url, { method: 'POST', allowPrivate: true });
    expect(other.seen).toMatchObject([{ method, body: '' }]);
  }
});

test('every other status is an answer, also 304 and one that redirects nowhere', async () => {
  for (const status of [304, 302, 404, 500]) {
    const server = await serving((_request, response) => response.writeHead(status).end());
    expect((await new GuardedHttp().request(server.url, { allowPrivate: true })).status).toBe(status);
  }
});

test.each([
  ['never answers', () => undefined],
  [
    'sends headers and nothing more',
    (_request: Seen, response: ServerResponse) => response.writeHead(200).flushHeaders(),
  ],
  [
    'drips a byte at a time without an end',
    (_request: Seen, response: ServerResponse) => {
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    },
  ],
])('the time of a request is for the whole exchange: a server that %s', async (_what, answer) => {
  const server = await serving(answer);
  await expect(new GuardedHttp().request(server.url, { timeoutMs: 100, allowPrivate: true })).rejects.toEqual(
    notReady(`${new URL(server.url).host} gave no answer: timed out`),
  );
});

test('the time of a request includes redirects and the resolving of names', async () => {
  const loop = await serving((_request, response) => {
    setTimeout(() => response.writeHead(302, { location: '/' }).end(), 60);
  });
  await expect(new GuardedHttp().request(loop.url, { timeoutMs: 100, allowPrivate: true })).rejects.toEqual(
    notReady(/timed out$/),
  );
  const silent = new GuardedHttp(() => new Promise(() => undefined));
  await expect(silent.request('http://silent.example/', { timeoutMs: 50 })).rejects.toEqual(
    notReady('silent.example gave no answer: timed out'),
  );
});

test('a request that its source aborts ends with the reason of the signal', async () => {
  const server = await serving(() => abort.abort(new Error('the source is stopped')));
  const abort = new AbortController();
  await expect(new GuardedHttp().request(server.url, { signal: abort.signal, allowPrivate: true })).rejects.toThrow(
    'the source is stopped',
  );
  await expect(
    new GuardedHttp().request(server.url, { signal: AbortSignal.abort(new Error('before')), allowPrivate: true }),
  ).rejects.toThrow('before');
  expect(server.seen).toHaveLength(1);
});

test('an answer is read no further than its limit', async () => {
  let sent = 0;
  const server = await serving((_request, response) => {
    const chunk = 'x'.repeat(64 * 1024);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      sent += chunk.length;
    };
    response.on('drain', more).on('error', () => undefined);
    more();
  });
  const request: HttpRequest = { maxBytes: 100_000, allowPrivate: true };
  await expect(new GuardedHttp().request(server.url, request)).rejects.toEqual(
    notReady(/answered with more than 100000 bytes$/),
  );
  expect(sent).toBeLessThan(50_000_000);
  const exact = await serving((_request, response) => response.end('x'.repeat(100_000)));
  expect((await new GuardedHttp().request(exact.url, request)).body).toHaveLength(100_000);
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const)('the limit is for what %s unpacks to, and what fits is unpacked', async (encoding, pack) => {
  const server = await serving((request, response) => {
    const text = request.path === '/bomb' ? '\0'.repeat(50_000_000) : '{"fits":true}';
    response.writeHead(200, { 'content-encoding': encoding }).end(pack(text));
  });
  const http = new GuardedHttp();
  expect((await http.request(server.url, { allowPrivate: true })).body).toBe('{"fits":true}');
  await expect(http.request(`${server.url}/bomb`, { allowPrivate: true, maxBytes: 1_000_000 })).rejects.toEqual(
    notReady(/answered with more than 1000000 bytes$/),
  );
});

test('packing that is broken or unknown is an answer that cannot be used', async () => {
  const broken = await serving((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip'),
  );
  await expect(new GuardedHttp().request(broken.url, { allowPrivate: true })).rejects.toEqual(
    notReady(/gave no answer: Z_DATA_ERROR$/),
  );
  const unknown = await serving((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'constructor' }).end('x'),
  );
  await expect(new GuardedHttp().request(unknown.url, { allowPrivate: true })).rejects.toEqual(
    notReady(/in an encoding that was not asked for: constructor$/),
  );
});

test('a server that is not there is told by the reason, a header that cannot be sent is for the person', async () => {
  const server = await serving((_request, response) => response.end());
  for (const close of closing.splice(0)) close();
  await expect(new GuardedHttp().request(server.url, { allowPrivate: true })).rejects.toEqual(
    notReady(/gave no answer: ECONNREFUSED$/),
  );
  const bad = { headers: { 'x-token': 'canary\r\nx-other: 1' }, allowPrivate: true };
  const refusal = await new GuardedHttp().request('http://127.0.0.1:9/', bad).catch((error: unknown) => error);
  expect(refusal).toEqual(invalid(/^127\.0\.0\.1:9 cannot be asked: invalid x-token header/));
  expect(String(refusal)).not.toContain('canary');
});

function fault(code: string, message: string | RegExp): unknown {
  return expect.objectContaining({
    code,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
}
