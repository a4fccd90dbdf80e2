import { secret } from '@dayfold/sdk';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { secretTexts } from '../../src/config/secret-texts.ts';

const schema = z.looseObject({
  headers: z.record(z.string(), z.string()).optional().meta({ secret: true }),
  pin: secret().optional(),
});

function textsOf(options: unknown, from: z.ZodType = schema): readonly string[] {
  return secretTexts('home', options, from).map((each) => each.reveal());
}

test('what a schema marks, a name gives away or an address carries is secret', () => {
  expect(
    textsOf({
      pin: '4711',
      headers: { 'X-Api': 'h1', Accept: 'application/json' },
      auth: { user: 'anna', password: 'p w' },
      list: [{ api_key: 12_345 }],
      url: 'mqtt://anna:us%2Fer@127.0.0.1/?appid=query&lat=52.5',
      body: { query: 'a long question', page: 'one' },
      topic: 'zigbee2mqtt/fridge',
    }),
  ).toEqual(['4711', 'h1', 'p w', '12345', 'us%2Fer', 'us/er', 'query', 'a long question']);
});

test('names give secrets away also where the schema cannot be described', () => {
  const odd = new Proxy(z.unknown(), {
    get: (target, key) => {
      if (key === '_zod') throw new Error('another version');
      return Reflect.get(target, key) as unknown;
    },
  });
  expect(textsOf({ password: 'pass', plain: 'text' }, odd)).toEqual(['pass']);
});
