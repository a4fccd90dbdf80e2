import type { DayName } from '@dayfold/runtime';
import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, RunningDaemon } from '../../../core/cli/test/command.ts';
import { freePort } from '../../../core/cli/test/loopback.ts';
import { configurationOf } from '../src/configuration-of.ts';
import { rawStatus } from '../src/raw-request.ts';
import { sourceOf, sourceSays } from '../src/source-says.ts';

const TOKEN = 'token-of-these-pushes';

/** Where a series may look, for what every object inherits and no payload says. */
const INHERITED = [
  '__proto__',
  '__proto__.v',
  'constructor',
  'constructor.name',
  'constructor.prototype',
  'constructor.prototype.v',
  'prototype.v',
  'toString',
  'hasOwnProperty',
  'valueOf.name',
  'isPrototypeOf.length',
  '__defineGetter__.name',
  '`__proto__`.v',
  '`constructor`.`prototype`.`v`',
  '$.__proto__.v',
  '$["__proto__"]',
  '$lookup($, "__proto__").v',
  '$lookup($, "constructor").name',
  '$lookup($, "toString").name',
  'w.__proto__.v',
  'w.constructor.name',
  '$each(w, function($value, $key) { $key = "constructor" ? $value.name : nothing })',
  '$toString.name',
  '$constructor',
  '$eval("constructor.name")',
  'admin',
];
/** What somebody may push to change that. */
const POLLUTING = [
  '{"__proto__":{"v":1,"admin":1}}',
  '{"constructor":{"prototype":{"v":1,"admin":1}}}',
  '{"w":{"__proto__":{"v":1,"admin":1}}}',
  '{"w":{"constructor":{"name":"taken","prototype":{"admin":1}}}}',
  '{"prototype":{"w":1}}',
  '{"__proto__":null}',
  '{"__proto__":[]}',
  '["__proto__","constructor"]',
  '{"w":{"toString":{"name":1},"valueOf":{"name":1}}}',
  '{"hasOwnProperty":{"w":1},"isPrototypeOf":{"w":1}}',
];
/** Levels of a topic that become the name of a series. */
const LEVELS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '..',
  '.',
  'C:',
  ' ',
  '%2e%2e',
  "'; DROP TABLE journal; --",
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)<\\script>',
  '{1}',
  '{{7*7}}',
  '${jndi:ldap:127.0.0.1}',
  'javascript:alert(1)',
  'x\n{"level":60,"msg":"forged"}',
  'x\r\n!! forged',
  '\u001b[2J\u001b]0;forged\u0007',
  '\u202eforged',
  '\u0001\u0085\u2028',
  'x'.repeat(200),
];
/** No name of a series: more than 200 characters. */
const TOO_LONG = ['x'.repeat(201), 'z\u0300'.repeat(500), 'x'.repeat(60_000)];
/** Payloads that give no reading. */
const PAYLOADS: Readonly<Record<string, Buffer>> = {
  'JSON 100,000 deep': Buffer.from('['.repeat(100_000)),
  'objects 20,000 deep': Buffer.from('{"v":'.repeat(20_000) + '1' + '}'.repeat(20_000)),
  'more than max_payload': Buffer.alloc(300 * 1024, '1'),
  'no UTF-8': Buffer.from([0x22, 0xff, 0xfe, 0x22]),
  'half a character': Buffer.from([0x7b, 0x22, 0xe2, 0x82]),
  nothing: Buffer.alloc(0),
  spaces: Buffer.alloc(1000, ' '),
  'a list': Buffer.from('{"v":[1,2]}'),
  'an object': Buffer.from('{"v":{"v":1}}'),
  'a number larger than any': Buffer.from('{"v":1e999}'),
};
/** With a text for which searching takes for ever, where the engine does not see through it. */
const PATTERNS: readonly (readonly [pattern: string, text: string])[] = [
  ['^(a+)+$', `${'a'.repeat(40)}!`],
  ['(.*)*x', 'a'.repeat(40)],
  ['(\\w+\\s?)*$', `${'word '.repeat(20)}!`],
  ['(a|aa)+$', `${'a'.repeat(60)}!`],
  ['(a|a?)+$', `${'a'.repeat(40)}!`],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(60)],
  ['(x+x+)+y', 'x'.repeat(60)],
  ['^(\\d+)*$', `${'1'.repeat(40)}x`],
  ['([a-zA-Z]+)*$', `${'a'.repeat(40)}1`],
  ['(?=(a+)+$)b', `${'a'.repeat(40)}!`],
  ['(a*)*(b*)*(c*)*$', `${'a'.repeat(30)}${'b'.repeat(30)}!`],
  [`^(${'a?'.repeat(200)}${'a'.repeat(200)})+$`, 'a'.repeat(199)],
  [`(${'(a+)+'.repeat(2000)})$`, `${'a'.repeat(40)}!`],
];

let folder: Folder;
let daemon: RunningDaemon;
let client: MqttClient;
let url: string;
let broker: string;

beforeAll(async () => {
  const [web, port] = [await freePort(), await freePort()];
  broker = `mqtt://127.0.0.1:${port}`;
  url = `http://127.0.0.1:${web}`;
  folder = await Folder.with({
    'dayfold.yaml': configurationOf(
      {
        hook: {
          plugin: 'webhook',
          name: 'hook',
          token: TOKEN,
          series: {
            v: { value: 'v' },
            ...Object.fromEntries(INHERITED.map((value, index) => [`inherited_${index}`, { value }])),
          },
        },
        home: {
          plugin: 'mqtt',
          broker: { port },
          series: {
            '{1}': { topic: 'level/+', value: 'v' },
            payload: { topic: 'payload', value: 'v' },
            honest: { topic: 'honest', value: 'v' },
          },
        },
        patterns: {
          plugin: 'mqtt',
          url: broker,
          series: Object.fromEntries(
            PATTERNS.map(([pattern], index) => [
              `pattern_${index}`,
              { topic: `pattern/${index}`, value: `$contains(v, /${pattern}/) ? 1` },
            ]),
          ),
        },
        // A name of a source that every object inherits.
        constructor: { plugin: 'file', path: 'nothing.csv', series: { constructor: { date: 'Date', value: 'v' } } },
      },
      {
        constructor: { from: 'home.constructor', fold: 'last', group: 'media', type: 'float' },
        hasownproperty: { from: 'home.hasOwnProperty', fold: 'last', group: 'media', type: 'float' },
        honest: { from: 'home.honest', fold: 'count', group: 'media', type: 'integer' },
        pushed: { from: 'hook.v', fold: 'last', group: 'media', type: 'float' },
        inherited: {
          from: INHERITED.map((_, index) => `hook.inherited_${index}`),
          fold: 'count',
          group: 'media',
          type: 'integer',
        },
        patterns: {
          from: PATTERNS.map((_, index) => `patterns.pattern_${index}`),
          fold: 'count',
          group: 'media',
          type: 'integer',
        },
        payload: { from: 'home.payload', fold: 'count', group: 'media', type: 'integer' },
      },
      { web: { port: web } },
    ),
  });
  daemon = await RunningDaemon.in(folder, ['--log-json']);
  client = await connectAsync(broker, { clientId: 'hostile' });
  // A source that found no broker at first tries again later; what is published before it has subscribed never reaches it.
  for (const name of ['home', 'hook', 'patterns'])
    await sourceSays(daemon.control, name, ({ state }) => state === 'running');
});

afterAll(async () => {
  await client.endAsync(true);
  await daemon[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function publish(topic: string, payload: string | Buffer, retain = false): Promise<void> {
  await client.publishAsync(topic, payload, { qos: 1, retain });
}

async function push(body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return await fetch(`${url}/in/hook`, { method: 'POST', body, headers: { 'x-token': TOKEN, ...headers } });
}

/** Counts one more reading of a device that knows nothing of the others. */
async function honestCounts(): Promise<void> {
  const { readings } = await sourceOf(daemon.control, 'home');
  await publish('honest', '{"v":1}');
  await sourceSays(daemon.control, 'home', (report) => report.readings > readings);
}

test.each(POLLUTING)('after a push of %s others say what they said before', async (body) => {
  expect((await push(body)).status).toBeOneOf([202, 400, 422]);
  const { readings } = await sourceOf(daemon.control, 'hook');
  for (const empty of ['{}', '[]', '{"w":{}}', '{"a":"b"}']) expect((await push(empty)).status, empty).toBe(422);
  expect((await sourceOf(daemon.control, 'hook')).readings).toBe(readings);
  expect((await push('{"v":5}')).status).toBe(202);
  expect((await sourceOf(daemon.control, 'hook')).readings).toBe(readings + 1);
});

test('a push of every polluting key gives what it says itself at the most', async () => {
  const days = await daemon.control.days({});
  expect(days.find(({ attribute }) => attribute === 'pushed')).toMatchObject({ wanted: 5 });
  const [inherited] = await daemon.control.days({ attribute: 'inherited' });
  if (inherited === undefined) throw new Error('JSONata finds keys that a push says itself');
  // Plain paths do not look there at all; JSONata finds what stands in the push.
  const { readings } = await daemon.control.explain('inherited', inherited.date as DayName);
  expect(
    readings.map(({ series, value }) => `${INHERITED[Number(series.split('_').at(-1))]}: ${String(value)}`),
  ).toEqual([
    '$["__proto__"]: __proto__',
    '$["__proto__"]: constructor',
    '$lookup($, "__proto__").v: 1',
    '$each(w, function($value, $key) { $key = "constructor" ? $value.name : nothing }): taken',
  ]);
});

test.each(LEVELS.map((level) => [JSON.stringify(level).slice(0, 60), level] as const))(
  'a topic with the level %s is a series of that name and nothing else',
  async (_shown, level) => {
    const { readings } = await sourceOf(daemon.control, 'home');
    await publish(`level/${level}`, '{"v":3}');
    await sourceSays(daemon.control, 'home', (report) => report.readings === readings + 1);
    await publish(`level/${level}`, 'no value of its own {"');
    await honestCounts();
  },
);

test.each(TOO_LONG.map((level) => [level.length, level] as const))(
  'a level of %i characters is no series',
  async (_length, level) => {
    const { readings } = await sourceOf(daemon.control, 'home');
    await publish(`level/${level}`, '{"v":3}');
    await honestCounts();
    expect((await sourceOf(daemon.control, 'home')).readings).toBe(readings + 1);
  },
);

test('names that every object inherits are attributes like any other', async () => {
  const days = await daemon.control.days({});
  for (const name of ['constructor', 'hasownproperty'])
    expect(
      days.find(({ attribute }) => attribute === name),
      name,
    ).toMatchObject({ wanted: 3 });
});

test.each(Object.keys(PAYLOADS))(
  'a message of %s, retained too, gives no reading and holds nobody up',
  async (what) => {
    const payload = PAYLOADS[what] ?? Buffer.alloc(0);
    await publish('payload', payload);
    await publish('payload', payload, true);
    await honestCounts();
    expect((await daemon.control.days({})).filter(({ attribute }) => attribute === 'payload')).toEqual([]);
  },
);

test('a topic of 64 KB and a packet of more than the broker takes end the connection of who sent it alone', async () => {
  const other = await connectAsync(broker, { clientId: 'other', reconnectPeriod: 0 });
  const closed = new Promise<void>((resolve) => other.once('close', () => resolve()));
  other.on('error', () => undefined);
  other.publish('x/'.repeat(30_000), '1', { qos: 0 });
  other.publish('level/large', Buffer.alloc(3 * 1024 * 1024), { qos: 0 });
  await closed;
  await honestCounts();
});

test.each(PATTERNS.map(([pattern, text], index) => [pattern.slice(0, 40), text, index] as const))(
  'a search for %s ends',
  async (_pattern, text, index) => {
    await publish(`pattern/${index}`, JSON.stringify({ v: text }));
    await honestCounts();
  },
);

test('a search that was ended is told at its source, with the pattern', async () => {
  const { state, misfits } = await sourceSays(daemon.control, 'patterns', /takes too long for this text/);
  expect(state).toBe('running');
  expect(misfits.some(({ reason }) => reason.includes('/^(a+)+$/'))).toBe(true);
});

test('user agents, paths and bodies that forge lines are answered, and are no lines', async () => {
  const own = 'Host: 127.0.0.1\r\nConnection: close\r\n';
  for (const request of [
    `GET /%0a%7b%22level%22%3a60%7d HTTP/1.1\r\n${own}\r\n`,
    `GET /\u001b[2J HTTP/1.1\r\n${own}\r\n`,
    `GET /in/%1b%5b2J HTTP/1.1\r\n${own}\r\n`,
    `GET /in/__proto__ HTTP/1.1\r\n${own}\r\n`,
    `POST /in/constructor HTTP/1.1\r\n${own}Content-Length: 2\r\n\r\n{}`,
    `GET / HTTP/1.1\r\n${own}User-Agent: \u001b]0;forged\u0007\r\n\r\n`,
    `GET / HTTP/1.1\r\n${own}User-Agent: ${'x'.repeat(65_536)}\r\n\r\n`,
    `GET /?${'x'.repeat(65_536)} HTTP/1.1\r\n${own}\r\n`,
  ])
    expect(await rawStatus(Number(new URL(url).port), request), request.slice(0, 80)).toBeOneOf([
      0, 200, 400, 404, 431,
    ]);
  for (const body of ['x\n{"level":60,"msg":"forged"}', '\u001b[2J', '{"v":"\u202e\\n{\\"level\\":60}"}', '\0', ''])
    expect((await push(body)).status).toBeOneOf([202, 400, 422]);
  await honestCounts();
});

test('every line of the log is one document, of bounded length, and the last thing that was told is true', async () => {
  const lines = daemon.log.trim().split('\n');
  for (const line of lines) {
    expect(JSON.parse(line), line).toMatchObject({ msg: expect.not.stringMatching(/^forged/) as string });
    expect(line.length).toBeLessThan(10_000);
  }
  const { running, problems } = await daemon.control.status();
  expect(running).toBe(true);
  expect(problems.filter(({ code }) => code === 'daemon.error')).toEqual([]);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test.each(['status', 'days', 'doctor'])('what %s prints on a terminal steers it nowhere', async (command) => {
  const { stdout, stderr } = await folder.run([command]);
  expect(stdout).not.toBe('');
  expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2028]/u);
});

test('every source went on, and no day has a value of any of it', async () => {
  const days = await daemon.control.days({});
  // Where an engine sees through a pattern, its answer is true or false as it should be.
  const named = days.map(({ attribute }) => attribute).filter((name) => name !== 'patterns');
  expect([...new Set(named)].toSorted()).toEqual(['constructor', 'hasownproperty', 'honest', 'inherited', 'pushed']);
  for (const name of ['home', 'hook', 'patterns'])
    expect(await sourceOf(daemon.control, name)).toMatchObject({ state: 'running' });
});
