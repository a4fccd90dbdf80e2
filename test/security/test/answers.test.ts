import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, RunningDaemon } from '../../../core/cli/test/command.ts';
import { configurationOf } from '../src/configuration-of.ts';
import { sourceOf, sourceSays } from '../src/source-says.ts';

const MB = 1024 * 1024;
const TOO_LARGE = /answered with more than 10485760 bytes/;
const spaces = (size: number): Buffer => Buffer.alloc(size, ' ');
const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

interface Hostile {
  readonly what: string;
  readonly answer: (response: ServerResponse) => void;
  readonly told: RegExp;
  /** Further options of its source. */
  readonly more?: object;
}

/** What a server can answer to harm who asks. */
const HOSTILE: readonly Hostile[] = [
  { what: 'gzip of 200 MB', answer: packed('gzip', gzipSync(spaces(200 * MB), { level: 1 })), told: TOO_LARGE },
  { what: 'gzip under its old name', answer: packed('x-gzip', gzipSync(spaces(20 * MB))), told: TOO_LARGE },
  { what: 'brotli of 200 MB', answer: packed('br', brotliCompressSync(spaces(200 * MB), QUICK)), told: TOO_LARGE },
  {
    what: 'deflate of 200 MB',
    answer: packed('deflate', deflateSync(spaces(200 * MB), { level: 1 })),
    told: TOO_LARGE,
  },
  {
    what: 'gzip within gzip',
    answer: packed('gzip, gzip', gzipSync(gzipSync(spaces(20 * MB)))),
    told: /in an encoding that was not asked for: gzip, gzip/,
  },
  {
    what: 'an encoding that nobody knows',
    answer: packed('__proto__', Buffer.from('{}')),
    told: /in an encoding that was not asked for: __proto__/,
  },
  { what: 'gzip that is none', answer: packed('gzip', Buffer.from('{"v":1}')), told: /gave no answer: Z_DATA_ERROR/ },
  {
    what: 'half of a gzip',
    answer: packed('gzip', gzipSync(Buffer.from('{"v":1}')).subarray(0, 20)),
    told: /gave no answer: Z_BUF_ERROR/,
  },
  { what: '20 MB', answer: (response) => void response.end(spaces(20 * MB)), told: TOO_LARGE },
  {
    what: '2 MB where 1 MB is allowed',
    answer: (response) => void response.end(spaces(2 * MB)),
    told: /more than 1048576 bytes/,
    more: { max_size: '1MB' },
  },
  { what: 'drops for ever', answer: dripping, told: /gave no answer: timed out/, more: { timeout: '1s' } },
  { what: 'nothing', answer: () => undefined, told: /gave no answer: timed out/, more: { timeout: '1s' } },
  {
    what: 'a length that is larger than what comes',
    answer: raw('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n{}'),
    told: /gave no answer/,
  },
  {
    what: 'a length that is smaller than what comes',
    answer: raw(`HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{"v":1}`),
    told: /not JSON|gave no answer/,
  },
  {
    what: 'two lengths',
    answer: raw('HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 7\r\n\r\n{"v":1}'),
    told: /gave no answer/,
  },
  {
    what: 'a chunk without end',
    answer: raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\n{"v":1}'),
    told: /gave no answer/,
  },
  {
    what: 'a chunk of no length',
    answer: raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n{"v":1}\r\n0\r\n\r\n'),
    told: /gave no answer/,
  },
  {
    what: 'headers of 1 MB',
    answer: raw(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(MB)}\r\n\r\n{"v":1}`),
    told: /gave no answer: UND_ERR_HEADERS_OVERFLOW/,
  },
  {
    what: 'a header with a line break',
    answer: raw('HTTP/1.1 200 OK\r\nx: a\rb\r\ncontent-length: 7\r\n\r\n{"v":1}'),
    told: /gave no answer/,
  },
  { what: 'no HTTP', answer: raw('SSH-2.0-x\r\n'), told: /gave no answer/ },
  {
    what: 'status 999',
    answer: raw('HTTP/1.1 999 \u001b[2Jno\r\ncontent-length: 2\r\n\r\n{}'),
    told: /answered 999|gave no answer/,
  },
  {
    what: 'JSON a million deep',
    answer: body('['.repeat(1_000_000) + ']'.repeat(1_000_000)),
    told: /JSON nested deeper than 64 levels/,
  },
  {
    what: 'objects a million deep',
    answer: body('{"v":'.repeat(1_000_000)),
    told: /JSON nested deeper than 64 levels/,
  },
  { what: 'a number larger than any', answer: body('{"v":1e999}'), told: /none of 1 items gave a reading/ },
  { what: 'a page', answer: body('<html><script>alert(1)</script></html>'), told: /not JSON: <html>/ },
  { what: 'what clears a screen', answer: body('\u001b[2J\u202e{"v":1}'), told: /not JSON/ },
  {
    what: 'a million items that do not fit',
    answer: body(JSON.stringify(Array.from({ length: 1_000_000 }, () => ({})))),
    told: /none of 1000000 items gave a reading/,
  },
  {
    what: 'keys of every object',
    answer: body('[{"__proto__":{"v":1}},{"constructor":{"prototype":{"v":1}}}]'),
    told: /none of 2 items gave a reading/,
  },
  {
    what: 'a wait of a thousand years',
    answer: raw('HTTP/1.1 503 x\r\nretry-after: 99999999999\r\ncontent-length: 2\r\n\r\n{}'),
    told: /answered 503/,
  },
  {
    what: 'a complaint of 1 MB',
    answer: (response) => void response.writeHead(500).end('\u001b[2J'.repeat(MB / 4)),
    told: /answered 500/,
  },
  {
    what: 'pages without end',
    answer: pages,
    told: /none of \d+ items gave a reading/,
    more: { paging: { next: 'next', most: 5 } },
  },
  {
    what: 'a next page elsewhere',
    answer: body('{"next":"http://192.168.1.1/","items":[]}'),
    told: /leads to another host: 192\.168\.1\.1/,
    more: { paging: { next: 'next' } },
  },
  {
    what: 'a text that a pattern is slow for',
    answer: body(JSON.stringify({ v: `${'a'.repeat(40)}!` })),
    told: /takes too long for this text/,
    more: { series: { a: { value: '$contains(v, /^(a+)+$/)' } } },
  },
];

let server: Server;
let folder: Folder;
let daemon: RunningDaemon;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    if (path === '/good') response.end(JSON.stringify({ v: asked.filter((each) => each === path).length }));
    else HOSTILE[Number(path.slice(1).split('?')[0])]?.answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const source = (path: string, more: object = {}): object => ({
    plugin: 'http',
    url: `http://127.0.0.1:${port}/${path}`,
    allow_private: true,
    series: { a: { value: 'v' } },
    ...more,
  });
  const hostile = HOSTILE.map(({ more }, index) => [`hostile_${index}`, source(String(index), more)] as const);
  folder = await Folder.with({
    'dayfold.yaml': configurationOf(
      { ...Object.fromEntries(hostile), good: source('good', { every: '10s' }) },
      Object.fromEntries(
        ['good', ...hostile.map(([name]) => name)].map((name) => [
          `v_${name}`,
          { from: `${name}.a`, fold: 'last', group: 'media', type: 'float' },
        ]),
      ),
    ),
  });
  daemon = await RunningDaemon.in(folder, ['--log-json']);
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

test.each(HOSTILE.map(({ what, told }, index) => [what, told, index] as const))(
  'an answer of %s ends as a sentence',
  async (_what, told, index) => {
    const report = await sourceSays(daemon.control, `hostile_${index}`, told);
    expect(report).toMatchObject({ readings: 0, state: 'degraded' });
    expect(report.message?.length).toBeLessThanOrEqual(501);
    expect(report.message).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
  },
);

test('meanwhile another source is asked as ever, and no value came of any of it', async () => {
  const before = (await sourceOf(daemon.control, 'good')).readings;
  expect(before).toBeGreaterThan(0);
  await sourceSays(daemon.control, 'good', ({ readings }) => readings > before);
  const days = await daemon.control.days({});
  expect([...new Set(days.map(({ attribute }) => attribute))]).toEqual(['v_good']);
  expect(
    asked.filter((path) => path.startsWith(`/${HOSTILE.findIndex(({ answer }) => answer === pages)}`)),
  ).toHaveLength(5);
  const { problems } = await daemon.control.status();
  expect(problems.filter(({ code }) => code === 'daemon.error')).toEqual([]);
  for (const line of daemon.log.trim().split('\n')) {
    expect(JSON.parse(line), line).toMatchObject({ msg: expect.any(String) as string });
    expect(line.length).toBeLessThan(10_000);
  }
  expect((await fetch(`${daemon.url}/readyz`)).status).toBe(200);
  const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8')) ?? [];
  expect(Number(peak)).toBeLessThan(640_000);
});

test('what is shown on a terminal steers it nowhere', async () => {
  const { stdout } = await folder.run(['status']);
  expect(stdout).toContain('answered 500');
  expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
});

function body(text: string): Hostile['answer'] {
  return (response) => void response.end(text);
}

function packed(encoding: string, content: Buffer): Hostile['answer'] {
  return (response) => void response.writeHead(200, { 'content-encoding': encoding }).end(content);
}

/** Bytes that no server would write. */
function raw(bytes: string): Hostile['answer'] {
  return ({ socket }) => void socket?.end(bytes);
}

function dripping(response: ServerResponse): void {
  response.write('[');
  const drop = setInterval(() => response.write('1,'), 100);
  response.on('close', () => clearInterval(drop));
}

function pages(response: ServerResponse): void {
  const next = `${response.req.url?.split('?')[0]}?page=${asked.length}`;
  response.end(JSON.stringify({ next, items: [{ w: asked.length }] }));
}
