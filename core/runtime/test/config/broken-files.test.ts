import { expect, test } from 'vitest';
import { lines } from './load.ts';

const SOURCE = 'sources: { s: { plugin: p, series: { x: {}, "t_{1}": {} } } }\n';
const attribute = (text: string) => `${SOURCE}attributes:\n  a_b: { from: s.x, ${text} }\n`;
const template = (text: string) => `${SOURCE}attributes:\n  ${text}\n`;
const custom = 'group: food, type: float';

const BROKEN: readonly (readonly [what: string, text: string, line: RegExp])[] = [
  ['a tab as indentation', 'web:\n\thost: x\n', /^dayfold.yaml:2:1 .*tab/],
  ['a quote without end', 'web: { host: "x }\n', /^dayfold.yaml:\d+:\d+ .*missing/],
  ['a bracket without end', 'web: { host: x\n', /^dayfold.yaml:\d+:\d+ /],
  ['a key twice', 'web: {}\nweb: {}\n', /^dayfold.yaml:2:1 this key stands here twice/],
  ['an alias of nothing', 'timezone: *zone\n', /^dayfold.yaml:1:11 .*alias/],
  ['an unknown tag', 'timezone: !include zone.yaml\n', /^dayfold.yaml:1:11 unknown tag/],
  ['two documents', 'web: {}\n---\nweb: {}\n', /^dayfold.yaml:2:1 expected one document/],
  ['wrong indentation', 'web:\n  host: x\n port: 1\n', /^dayfold.yaml:3:\d+ /],
  [
    'a reference without quotes in braces',
    'web: { port: ${PORT:-80}, host: x }\n',
    /^dayfold.yaml:1:\d+ .*needs quotes: "\$\{NAME\}"/,
  ],
  ['a list as file', '- web\n', /^dayfold.yaml:1:1 expected a group of keys, found a list/],
  ['text as file', 'hello\n', /^dayfold.yaml:1:1 expected a group of keys, found text/],
  ['a misspelt section', 'atributes: {}\n', /^dayfold.yaml:1:1 atributes: unknown key \(did you mean "attributes"\?\)/],
  ['an unknown zone', 'timezone: Europe/Berln\n', /^dayfold.yaml:1:11 timezone: .*\(did you mean "Europe\/Berlin"\?\)/],
  ['an offset as zone', 'timezone: "+02:00"\n', /^dayfold.yaml:1:11 timezone: expected the IANA name/],
  ['a day that starts at 25:00', 'day_starts: "25:00"\n', /^dayfold.yaml:1:13 day_starts: expected a time of day/],
  [
    'a day that starts at a number',
    'day_starts: 4\n',
    /^dayfold.yaml:1:13 day_starts: expected a time of day.*found a number/,
  ],
  ['a port too high', 'web: { port: 70000 }\n', /^dayfold.yaml:1:14 web.port: expected at most 65535/],
  ['a port as text', 'web: { port: high }\n', /^dayfold.yaml:1:14 web.port: expected a number, found text/],
  [
    'a commit too often',
    'journal: { commit_every: 5ms }\n',
    /^dayfold.yaml:1:26 journal.commit_every: expected at least 20ms/,
  ],
  [
    'a commit too rare',
    'journal: { commit_every: 2m }\n',
    /^dayfold.yaml:1:26 journal.commit_every: expected at most 1m/,
  ],
  [
    'a duration without unit',
    'journal: { keep: 35 }\n',
    /^dayfold.yaml:1:18 journal.keep: expected a duration.*found a number/,
  ],
  [
    'PostgreSQL',
    'store: postgres://u:p4ssword@h/db\n',
    /^dayfold.yaml:1:8 store: PostgreSQL is not yet available(?!.*p4ssword)/,
  ],
  ['another store', 'store: mysql\n', /^dayfold.yaml:1:8 store: expected sqlite/],
  [
    'sync too often',
    'exist: { client_id: a, client_secret: b, sync: { every: 59m } }\n',
    /^dayfold.yaml:1:57 exist.sync.every: expected at least 1h/,
  ],
  ['no client secret', 'exist: { client_id: a }\n', /^dayfold.yaml:1:1 exist.client_secret: is missing/],
  [
    'both forms of accounts',
    'exist: { client_id: a, client_secret: b, accounts: { me: { client_id: a, client_secret: b } } }\n',
    /^dayfold.yaml:1:52 exist.accounts: give either/,
  ],
  ['no account', 'exist: { accounts: {} }\n', /^dayfold.yaml:1:20 exist.accounts: expected at least one account/],
  [
    'an address that is none',
    'exist: { client_id: a, client_secret: b, url: exist.io }\n',
    /^dayfold.yaml:1:47 exist.url: expected an address/,
  ],
  [
    'a source with capitals',
    'sources: { Home: { plugin: p } }\n',
    /^dayfold.yaml:1:12 sources.Home: expected a name of small letters/,
  ],
  [
    'a source without plugin',
    'sources: { home: { url: x } }\n',
    /^dayfold.yaml:1:12 sources.home.plugin: is missing: expected a plugin \(text\)/,
  ],
  [
    'a source of text',
    'sources: { home: mqtt }\n',
    /^dayfold.yaml:1:18 sources.home: expected a group of keys, found text/,
  ],
  [
    'an unknown key of an attribute',
    attribute(`${custom}, foldd: sum`),
    /^dayfold.yaml:3:47 attributes.a_b.foldd: unknown key \(did you mean "fold"\?\)/,
  ],
  ['no group and no type', attribute('fold: sum'), /^dayfold.yaml:3:3 attributes.a_b: group and type missing/],
  [
    'nearly a template',
    template('stepps: { from: s.x }'),
    /^dayfold.yaml:3:3 attributes.stepps: .*\(did you mean "steps"\?\)/,
  ],
  [
    'an unknown template',
    attribute('template: step'),
    /^dayfold.yaml:3:31 attributes.a_b.template: unknown template of Exist \(did you mean "steps"\?\)/,
  ],
  [
    'an unknown group',
    attribute('group: foods, type: float'),
    /attributes.a_b.group: expected one of .*\(did you mean "food"\?\)/,
  ],
  [
    'an unknown type',
    attribute('group: food, type: flaot'),
    /attributes.a_b.type: expected one of .*\(did you mean "float"\?\)/,
  ],
  [
    'the type of templates',
    attribute('group: sleep, type: time_of_day_from_midday'),
    /attributes.a_b.type: Exist keeps this type for templates/,
  ],
  [
    'a daily tag that is no boolean',
    attribute('group: custom, type: float'),
    /attributes.a_b.group: the group custom takes only the type boolean/,
  ],
  [
    'another type than the template',
    template('steps: { from: s.x, type: float }'),
    /attributes.steps.type: the template steps has the type integer/,
  ],
  [
    'another group than the template',
    template('steps: { from: s.x, group: food }'),
    /attributes.steps.group: the template steps stands in the group activity/,
  ],
  [
    'increments of a scale',
    template('mood: { from: s.x, write: increment }'),
    /attributes.mood.write: Exist increments only/,
  ],
  [
    'increments of a truth',
    attribute('group: food, type: boolean, write: increment'),
    /attributes.a_b.write: Exist increments only/,
  ],
  [
    'increments of a percentage',
    attribute('group: food, type: percentage, write: increment'),
    /attributes.a_b.write: Exist increments only/,
  ],
  [
    'text from numbers',
    attribute('group: food, type: string, fold: sum'),
    /attributes.a_b.fold: the fold sum gives a number, which does not suit the type string/,
  ],
  ['numbers from text', attribute(`${custom}, fold: join`), /attributes.a_b.fold: the fold join gives text/],
  [
    'a time as number',
    attribute(`${custom}, fold: { time_first: "> 1" }`),
    /attributes.a_b.fold: the fold time_first gives a time of day/,
  ],
  [
    'a sum as truth',
    attribute('group: food, type: boolean, fold: sum'),
    /attributes.a_b.fold: the fold sum gives a number/,
  ],
  [
    'a fold without its condition',
    attribute(`${custom}, fold: time_in`),
    /attributes.a_b.fold: the fold time_in needs a condition/,
  ],
  ['two folds', attribute(`${custom}, fold: { sum: , max: }`), /attributes.a_b.fold: expected a fold .*not 2/],
  ['a condition that is none', attribute(`${custom}, when: "open"`), /attributes.a_b.when: expected a condition/],
  ['a glitch of a sum', attribute(`${custom}, fold: sum, glitch: 1m`), /attributes.a_b.glitch: only the fold increase/],
  ['a scale of 0', attribute(`${custom}, scale: 0`), /attributes.a_b.scale: a scale of 0/],
  ['places that are no number', attribute(`${custom}, round: 1.5`), /attributes.a_b.round: expected a whole number/],
  [
    'a series twice',
    `${SOURCE}attributes:\n  steps: { from: [s.x, s.t_1, s.x], combine: sum }\n`,
    /attributes.steps.from\[2\]: s.x is named twice; leave one out/,
  ],
  [
    'no series',
    `${SOURCE}attributes:\n  steps: { fold: sum }\n`,
    /attributes.steps.from: is missing: expected text or a list/,
  ],
  [
    'an empty list of series',
    `${SOURCE}attributes:\n  steps: { from: [] }\n`,
    /attributes.steps.from: must not be empty/,
  ],
  [
    'a series without its source',
    `${SOURCE}attributes:\n  steps: { from: x }\n`,
    /attributes.steps.from: expected a series as source.series \(did you mean "s.x"\?\)/,
  ],
  [
    'a series of another source',
    `${SOURCE}attributes:\n  steps: { from: [s.x, r.x] }\n`,
    /^dayfold.yaml:3:24 attributes.steps.from\[1\]: there is no source named r/,
  ],
  [
    'a label twice',
    `${SOURCE}attributes:\n  one: { from: s.x, ${custom}, label: Same Thing }\n  two: { from: s.x, ${custom}, label: same  thing }\n`,
    /^dayfold.yaml:4:3 attributes.two: the label "same {2}thing" is taken by the attribute one/,
  ],
];

test.each(BROKEN)('%s is a mistake with its place', async (_what, text, line) => {
  const found = await lines(text);
  expect(found).toContainEqual(expect.stringMatching(line));
  expect(found.every((each) => each.startsWith('dayfold.yaml:'))).toBe(true);
});

test('what is nearly broken but right is accepted', async () => {
  for (const text of [
    attribute('group: custom, type: boolean, fold: { any: "= on" }'),
    attribute('group: sleep, type: time_of_day, fold: { time_last: true }'),
    attribute('group: food, type: string, fold: { join: "; " }'),
    attribute('group: food, type: scale, fold: mean'),
    template('sleep_start: { from: s.t_attic, fold: { time_first: "= asleep" } }'),
    template('tweets: { from: s.x, fold: count, write: increment }'),
    template('steps: { from: s.x, fold: increase, glitch: 1m, type: integer, group: activity }'),
    'day_starts: 04:00\nstore: sqlite\n',
  ]) {
    expect(await lines(text)).toEqual([]);
  }
});
