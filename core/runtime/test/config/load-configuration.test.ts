import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { duration } from '@dayfold/sdk';
import { checkSources, loadConfiguration } from '../../src/config/load-configuration.ts';
import { formatMistakes } from '../../src/config/mistakes.ts';
import { lines, load, loaded, mistakesOf, WHOLE, WHOLE_ENV, WHOLE_FILES } from './load.ts';
import { Secret } from '../../src/kernel/secret.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const mqtt = z.strictObject({
  url: z.string().meta({ title: 'address' }),
  qos: z.int().max(2).default(1),
  series: z.record(
    z.string(),
    z.strictObject({ topic: z.string().meta({ title: 'topic' }), value: z.string().optional() }),
  ),
});
const withPlugin = { pluginSchema: (plugin: string) => (plugin === 'mqtt' ? mqtt : undefined) };

test('a whole file becomes a configuration with everything filled in', async () => {
  const { configuration, warnings } = await loaded(WHOLE, WHOLE_FILES, WHOLE_ENV);
  expect(warnings).toEqual([]);
  expect(configuration.exist).toEqual({
    url: 'https://exist.io',
    redirectUri: 'http://localhost:9000/connect/callback',
    syncEveryMs: 2 * HOUR,
    lateMs: 30 * DAY,
    accounts: [{ name: 'me', clientId: 'abc', clientSecret: new Secret('s3cr3t-value') }],
  });
  expect(configuration).toMatchObject({
    timezone: 'Europe/Berlin',
    dayStartsMin: 240,
    web: { host: '0.0.0.0', port: 9000, names: [] },
    journal: { keepMs: 40 * DAY, commitEveryMs: 1000, maxBytes: 2 * 1024 ** 3 },
  });
  expect(configuration.sources.map(({ name, plugin, enabled }) => [name, plugin, enabled])).toEqual([
    ['home', 'mqtt', true],
    ['books', 'file', true],
    ['weather', 'http', false],
    ['watch', 'dayfold-plugin-watch', true],
  ]);
  expect(configuration.sources[1]?.options).toMatchObject({ path: '/home/ada/reading/*.csv' });
  expect(configuration.attributes.find(({ name }) => name === 'pages_read')).toEqual({
    name: 'pages_read',
    account: 'me',
    from: ['books.pages'],
    combine: 'first',
    fold: { kind: 'sum' },
    when: undefined,
    span: 'end',
    staleMs: DAY,
    unit: undefined,
    scale: 1,
    offset: 0,
    round: undefined,
    write: 'total',
    template: 'pages_read',
    label: 'Pages read',
    group: 'media',
    type: 'integer',
    targetUnit: undefined,
  });
  expect(configuration.attributes.find(({ name }) => name === 'desk_min')).toMatchObject({
    span: 'split',
    template: undefined,
    label: 'Time at the desk',
    type: 'duration',
    fold: { kind: 'time_in', condition: { test: '>', than: 20 } },
  });
  expect(configuration.attributes.find(({ name }) => name === 'steps')).toMatchObject({
    from: ['watch.steps', 'watch.phone_steps'],
    fold: { kind: 'increase', glitchMs: 900_000, resets: true, base: undefined },
  });
  expect(configuration.attributes.find(({ name }) => name === 'weather_temp_max')).toMatchObject({
    targetUnit: '°C',
    type: 'float',
    group: 'weather',
  });
});

test('an empty file, and one whose sections are commented out, are local only with nothing in them', async () => {
  for (const text of ['', '# nothing\n', 'exist:\nsources:\n  # home: {}\nattributes:\n']) {
    const { configuration } = await loaded(text);
    expect(configuration).toEqual({
      exist: undefined,
      timezone: undefined,
      dayStartsMin: 0,
      web: { host: '127.0.0.1', port: 8373, names: [] },
      journal: { keepMs: 35 * DAY, commitEveryMs: 5000, maxBytes: undefined },
      sources: [],
      attributes: [],
    });
  }
});

test('several accounts each have their own client, and attributes name theirs', async () => {
  const text = `
exist:
  accounts:
    me: { client_id: a, client_secret: b }
    partner: { client_id: c, client_secret: d }
sources: { s: { plugin: p } }
attributes:
  steps: { from: s.x }
  partner_steps: { from: s.y, template: steps, account: partner }
`;
  const { configuration } = await loaded(text);
  expect(configuration.exist?.accounts.map(({ name, clientId }) => [name, clientId])).toEqual([
    ['me', 'a'],
    ['partner', 'c'],
  ]);
  expect(configuration.attributes.map(({ account, template, fold }) => [account, template, fold.kind])).toEqual([
    ['me', 'steps', 'last'],
    ['partner', 'steps', 'last'],
  ]);
  expect(await lines(text.replace('account: partner', 'account: partnr'))).toEqual([
    expect.stringContaining('there is no account named partnr (did you mean "partner"?)'),
  ]);
  expect(await lines(text.replace(', account: partner', ''))).toEqual([
    expect.stringContaining('the template steps is taken by the attribute steps'),
  ]);
});

test('the only account is the default, and among several without "me" one must be named', async () => {
  const one =
    'exist: { accounts: { ada: { client_id: a, client_secret: b } } }\nsources: { s: { plugin: p } }\nattributes: { steps: { from: s.x } }\n';
  expect((await loaded(one)).configuration.attributes[0]?.account).toBe('ada');
  const two = one.replace('accounts: {', 'accounts: { bob: { client_id: c, client_secret: d },');
  expect(await lines(two)).toEqual([
    'dayfold.yaml:3:15 attributes.steps: account is missing: expected one of bob, ada',
  ]);
});

test('the environment fills in text, its default, and numbers where a number is expected', async () => {
  const text =
    'web: { port: ${PORT:-9100}, host: "${HOST:-0.0.0.0}" }\nsources:\n  s: { plugin: p, enabled: ${ON}, text: "$${KEPT} ${NUMBER}", list: ["${A}-${B:-}"] }\n';
  const { configuration } = await loaded(
    text.replace('${ON}', '"${ON}"').replace('${PORT:-9100}', '"${PORT:-9100}"'),
    {},
    { env: { ON: 'false', NUMBER: '12', A: 'a' } },
  );
  expect(configuration.web).toEqual({ host: '0.0.0.0', port: 9100, names: [] });
  expect(configuration.sources[0]).toEqual({
    name: 's',
    plugin: 'p',
    enabled: false,
    options: { text: '${KEPT} 12', list: ['a-'] },
  });
});

test('a variable that is not set, or a broken reference, is a mistake at its place', async () => {
  expect(await lines('web: { host: "${WEB_HOST}" }\n')).toEqual([
    'dayfold.yaml:1:14 web.host: the environment variable WEB_HOST is not set',
  ]);
  expect(await lines('web: { host: "${web-host}" }\n')).toEqual([
    expect.stringMatching(/^dayfold.yaml:1:14 web.host: expected \$\{NAME\}/),
  ]);
  expect(await lines('timezone: "${constructor}"\n')).toEqual([expect.stringContaining('constructor is not set')]);
});

test('a secret without its file or its name is a mistake where it is used', async () => {
  const text = 'exist:\n  client_id: !secret id\n  client_secret: !secret key\n';
  expect(await lines(text)).toEqual([
    'dayfold.yaml:2:22 exist.client_id: !secret id: there is no secrets.yaml beside this file',
    'dayfold.yaml:3:26 exist.client_secret: !secret key: there is no secrets.yaml beside this file',
  ]);
  expect(await lines(text, { 'secrets.yaml': 'id: 0123\n' })).toEqual([
    'dayfold.yaml:3:26 exist.client_secret: !secret key: secrets.yaml has no such name',
  ]);
  const { configuration } = await loaded(text, { 'secrets.yaml': 'id: 0123\nkey: "x"\n' });
  expect(configuration.exist?.accounts[0]).toEqual({ name: 'me', clientId: '0123', clientSecret: new Secret('x') });
});

test('a broken secrets file is reported in that file, without what stands in it', async () => {
  const found = await lines('exist: { client_id: !secret id, client_secret: b }\n', {
    'secrets.yaml': 'id: "hunter2\nkey: *hunter3\n',
  });
  expect(found.some((line) => line.startsWith('secrets.yaml:'))).toBe(true);
  expect(found.join()).not.toMatch(/hunter/);
});

test('a secrets file that others can read is a warning', async () => {
  const { warnings } = await loaded(WHOLE, WHOLE_FILES, { ...WHOLE_ENV, fileMode: async () => 0o100644 });
  expect(warnings.map(({ file, message }) => [file, message])).toEqual([
    ['secrets.yaml', 'others can read this file; run: chmod 600 secrets.yaml'],
  ]);
});

test('tokens in the clear to another host are a warning, on loopback not', async () => {
  const text = (url: string) => `exist: { client_id: a, client_secret: b, url: "${url}" }\n`;
  expect((await loaded(text('http://127.0.0.1:9999/'))).warnings).toEqual([]);
  expect((await loaded(text('http://exist.example'))).warnings.map(({ path }) => path)).toEqual(['exist.url']);
});

test('no mistake holds a secret, wherever it stands', async () => {
  const canary = 'canary-7Qz9';
  const schema = z.strictObject({
    password: z
      .string()
      .superRefine((text, context) => context.addIssue({ code: 'custom', message: `bad password ${text}` })),
    mode: z.enum(['canary-7Qz8']),
  });
  const text =
    'exist: { client_id: "${C}", client_secret: !secret s, url: "${C}", sync: { every: "${C}" } }\ntimezone: !secret s\nstore: !secret s\nday_starts: !secret s\nsources: { s: { plugin: p, password: !secret s, mode: !secret s } }\nattributes: { steps: { from: s.x, fold: !secret s, template: !secret s, group: "${C}" } }\n';
  const found = await lines(
    text,
    { 'secrets.yaml': `s: ${canary}\n` },
    { env: { C: canary }, pluginSchema: () => schema },
  );
  expect(found.length).toBeGreaterThanOrEqual(8);
  expect(found.join('\n')).not.toContain(canary);
});

test('options of a plugin are checked at their place and replaced by what its schema makes of them', async () => {
  const text =
    'sources:\n  home:\n    plugin: mqtt\n    url: mqtt://localhost\n    qos: ${QOS}\n    series:\n      door: { topic: a/b }\n'.replace(
      '${QOS}',
      '"${QOS:-0}"',
    );
  const { configuration } = await loaded(text, {}, withPlugin);
  expect(configuration.sources[0]?.options).toEqual({
    url: 'mqtt://localhost',
    qos: 0,
    series: { door: { topic: 'a/b' } },
  });
  expect(await lines(text.replace('a/b', '12').replace('url', 'ulr'), {}, withPlugin)).toEqual([
    'dayfold.yaml:2:3 sources.home.url: is missing: expected an address (text)',
    'dayfold.yaml:4:5 sources.home.ulr: unknown key (did you mean "url"?)',
    'dayfold.yaml:7:22 sources.home.series.door.topic: expected a topic (text), found a number',
  ]);
});

test('a plugin whose schema is lenient, throws or waits still gives mistakes and no exception', async () => {
  const text = 'sources:\n  s: { plugin: p, evry: 5m }\n';
  const lenient = z.object({ every: duration().prefault('1h') });
  expect(await lines(text, {}, { pluginSchema: () => lenient })).toEqual([
    'dayfold.yaml:2:19 sources.s.evry: unknown key (did you mean "every"?)',
  ]);
  const throwing = z.looseObject({}).transform(() => {
    throw new Error('broken plugin');
  });
  expect(await lines(text, {}, { pluginSchema: () => throwing })).toEqual([
    expect.stringContaining('could not check its options: broken plugin'),
  ]);
  const absent = {
    pluginSchema: () => {
      throw new Error('there is no plugin p');
    },
  };
  expect(await lines(text, {}, absent)).toEqual(['dayfold.yaml:2:16 sources.s.plugin: there is no plugin p']);
  const waiting = z.looseObject({ evry: z.string().refine(async () => false, { error: 'refused later' }) });
  expect(await lines(text, {}, { pluginSchema: async () => waiting })).toEqual([
    'dayfold.yaml:2:25 sources.s.evry: refused later',
  ]);
});

test('sources can be checked after loading, when the plugins are known', async () => {
  const text = 'sources:\n  home: { plugin: mqtt, url: 5, qos: "${QOS}", series: {} }\n';
  const first = await loaded(text, {}, { env: { QOS: '2' } });
  const result = await checkSources(first, withPlugin.pluginSchema);
  expect(result.ok ? '' : formatMistakes(result.mistakes)).toBe(
    'dayfold.yaml:2:30 sources.home.url: expected an address (text), found a number',
  );
  const good = await checkSources(
    await loaded(text.replace('5', 'x'), {}, { env: { QOS: '2' } }),
    withPlugin.pluginSchema,
  );
  expect(good.ok && good.configuration.sources[0]?.options).toEqual({ url: 'x', qos: 2, series: {} });
});

test('mistakes of all parts are told together, in the order of the file', async () => {
  const text =
    'timezone: Berlin\nweb: { prt: 1 }\nsources:\n  home: { plugin: mqtt, url: 5, series: { door: { topic: 1 } } }\nattributes:\n  steps: { from: home.dor, fold: summ }\n  mood: { from: hom.door, fold: any, glitch: 1m }\n';
  expect(await lines(text, {}, withPlugin)).toEqual([
    'dayfold.yaml:1:11 timezone: expected the IANA name of a time zone, such as Europe/Berlin (did you mean "Europe/Berlin"?)',
    'dayfold.yaml:2:8 web.prt: unknown key (did you mean "port"?)',
    'dayfold.yaml:4:30 sources.home.url: expected an address (text), found a number',
    'dayfold.yaml:4:58 sources.home.series.door.topic: expected a topic (text), found a number',
    'dayfold.yaml:6:18 attributes.steps.from: the source home has no series dor (did you mean "home.door"?)',
    expect.stringMatching(/^dayfold.yaml:6:34 attributes.steps.fold: unknown fold.*\(did you mean "sum"\?\)$/),
    'dayfold.yaml:7:17 attributes.mood.from: there is no source named hom (did you mean "home.door"?)',
    'dayfold.yaml:7:33 attributes.mood.fold: the fold any needs a condition: { any: "> 20" }',
  ]);
});

test('anchors, aliases and merged keys work', async () => {
  const { configuration } = await loaded(
    'sources:\n  a: &a { plugin: p, url: one, qos: 1 }\n  b: { <<: *a, url: two }\n  c: *a\n',
  );
  expect(configuration.sources.map(({ options }) => options)).toEqual([
    { url: 'one', qos: 1 },
    { url: 'two', qos: 1 },
    { url: 'one', qos: 1 },
  ]);
});

test('a bomb of aliases is refused quickly', async () => {
  const bomb = [
    'a0: &a0 [x, x]',
    ...Array.from({ length: 30 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`),
  ].join('\n');
  expect(await lines(bomb)).toEqual([expect.stringMatching(/^dayfold.yaml:\d+:\d+ .*(aliases|deep)/)]);
  expect((await lines('a: &a [*a]\n')).length).toBeGreaterThan(0);
});

test('the bracket that goes too deep is named before anything is parsed, and one in a text is none', async () => {
  const deep = 'things stand inside each other more than 64 deep';
  expect(await lines(`# [[[\na: "${'['.repeat(100)}"\nb: ${'['.repeat(200_000)}`)).toEqual([
    `dayfold.yaml:3:68 ${deep}`,
  ]);
});

test('a file that is not there is told, not thrown', async () => {
  const result = await loadConfiguration({ file: '/nowhere/dayfold.yaml', env: {}, home: '/' });
  expect(result.ok ? '' : formatMistakes(result.mistakes)).toBe(
    '/nowhere/dayfold.yaml:1:1 cannot be read: there is no such file',
  );
});

test('whatever the text, there is a result, and each mistake has its place in the file', async () => {
  const words = fc.constantFrom(
    'exist',
    'sources',
    'attributes',
    ': ',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '${',
    '!secret ',
    '&a ',
    '*a',
    '<<',
    '|',
    '>',
    '#',
    '\t',
    '0x1',
    '~',
    'null',
    '__proto__',
    '? ',
    '%YAML 9',
    '---',
    '\u0000',
    '🦊',
  );
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(words, { maxLength: 40 }).map((all) => all.join('')),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const result = await load(text);
      const placed =
        result.ok ||
        (result.mistakes.length > 0 &&
          result.mistakes.every(({ line, column, message }) => line >= 1 && column >= 1 && message !== ''));
      expect(placed).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test('things nested without end are refused', async () => {
  for (const text of [
    '['.repeat(200_000),
    `${'['.repeat(2000)}${']'.repeat(2000)}`,
    `a: ${'{ b: '.repeat(90)}1${' }'.repeat(90)}`,
  ]) {
    expect((await mistakesOf(text)).map(({ line }) => line)).toContain(1);
  }
});

test('a source may hold secrets, which its plugin does not see among the options', async () => {
  const text = `
sources:
  ride: { plugin: p, every: 1m, secrets: { token: !secret strava, pin: "\${PIN}", plain: text } }
  other: { plugin: p, every: 1m }
`;
  const { configuration } = await loaded(
    text,
    { 'secrets.yaml': 'strava: abc-def\n' },
    { env: { PIN: '0042' }, pluginSchema: () => z.strictObject({ every: z.string() }) },
  );
  expect(configuration.sources).toEqual([
    {
      name: 'ride',
      plugin: 'p',
      enabled: true,
      secrets: { token: new Secret('abc-def'), pin: new Secret('0042'), plain: new Secret('text') },
      options: { every: '1m' },
    },
    { name: 'other', plugin: 'p', enabled: true, secrets: undefined, options: { every: '1m' } },
  ]);
});

test('secrets are names and texts, and a mistake about them shows none', async () => {
  const files = { 'secrets.yaml': 'strava: canary-canary\n' };
  expect(await lines('sources: { s: { plugin: p, secrets: !secret strava } }\n', files)).toEqual([
    'dayfold.yaml:1:45 sources.s.secrets: expected a group of keys, found text',
  ]);
  expect(await lines('sources: { s: { plugin: p, secrets: { pin: 1234, empty: "", list: [a] } } }\n')).toEqual([
    'dayfold.yaml:1:44 sources.s.secrets.pin: expected a secret (text), found a number',
    'dayfold.yaml:1:57 sources.s.secrets.empty: must not be empty',
    'dayfold.yaml:1:67 sources.s.secrets.list: expected a secret (text), found a list',
  ]);
});
