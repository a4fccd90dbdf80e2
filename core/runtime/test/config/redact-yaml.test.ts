import { redactYaml, secretPlaces, secretReference } from '@dayfold/runtime';
import { secret } from '@dayfold/sdk';
import { expect, test } from 'vitest';
import { z } from 'zod';

const plugin = z.strictObject({
  url: z.string(),
  entry: z.union([z.strictObject({ word: secret() }), z.strictObject({ none: z.boolean() })]).optional(),
  extra: z.record(z.string(), z.string()).optional().meta({ secret: true }),
  doors: z.array(z.strictObject({ code: z.string().meta({ secret: true }) })).optional(),
});
const isSecretPlace = secretPlaces([plugin]);

function redacted(text: string): string {
  return redactYaml(text, isSecretPlace, secretReference)?.document.toString() ?? 'undefined';
}

test('what a schema marks or a name gives away becomes a reference named for its place', () => {
  const text = redacted(`
exist: { client_id: canary-1, accounts: { anna: { client_id: canary-2, client_secret: canary-3 } } }
sources:
  home:
    plugin: some
    entry: { word: canary-4 }
    extra: { X-Any: canary-5 }
    doors: [{ code: canary-6 }, { code: 1234 }]
    mqtt_password: canary-7
    body: grant=canary-8
    topic: stays
`);
  expect(text).not.toContain('canary');
  expect(text).toContain('word: !secret sources_home_entry_word');
  expect(text).toContain('code: !secret sources_home_doors_1_code');
  expect(text).toContain('client_secret: !secret exist_accounts_anna_client_secret');
  expect(text).toContain('topic: stays');
});

test('references stay, for they hold no secret, but for a default written beside one', () => {
  const text = redacted(`
exist: { client_id: "\${EXIST_ID}", client_secret: !secret exist_secret }
sources: { home: { plugin: some, url: "\${URL:-canary}", password: "\${PW:-canary}" } }
`);
  expect(text).not.toContain('canary');
  expect(text).toContain('"${EXIST_ID}"');
  expect(text).toContain('client_secret: !secret exist_secret');
});

test('credentials inside an address, aliases, repetitions and comments are found', () => {
  const text = redacted(`
# before it was canary-old
sources:
  a: { plugin: some, url: "mqtt://me:canary-url@broker" } # canary-old too
  b: { plugin: some, url: "https://x/?lat=1&appid=canary-id", topic: &t canary-anchored }
  c: { plugin: some, password: *t, note: is canary-anchored }
`);
  expect(text).not.toContain('canary');
  expect(text).toContain('url: !secret sources_a_url');
});

test('a short secret does not take equal numbers elsewhere with it, and nothing is wrong with names like token', () => {
  const text = redacted(
    'sources: { token: { plugin: some, pin: 1, qos: 1, series: { key: { topic: a } } } }\nattributes: { key: { from: token.a } }',
  );
  expect(text).toContain('qos: 1');
  expect(text).toContain('pin: !secret sources_token_pin');
  expect(text).toContain('from: token.a');
  expect(text).toContain('topic: a');
});

test('what is no YAML cannot be redacted', () => {
  expect(redactYaml('a: [', isSecretPlace, secretReference)).toBeUndefined();
});
