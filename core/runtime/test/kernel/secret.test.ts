import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { ConfigInvalid } from '../../src/kernel/errors.ts';
import { Secret } from '../../src/kernel/secret.ts';

const TEXT = 'kanari/4711+Qx7';
const secret = new Secret(TEXT);

test('a secret is shown by nothing that turns a value into text', () => {
  const nested = { token: secret, list: [secret], map: new Map([['a', secret]]) };
  const shown = [
    String(secret),
    `a ${secret as unknown as string}`,
    'a'.concat(secret as unknown as string),
    ['', secret].join('|'),
    JSON.stringify(nested),
    inspect(nested, { depth: 9, showHidden: true }),
    inspect(secret, { customInspect: false, showHidden: true }),
    format('%s %o %O %j', secret, secret, nested, nested),
    printed(nested),
    new ConfigInvalid(`wrong: ${String(secret)}`, { cause: nested }).stack ?? '',
    inspect(new ConfigInvalid('wrong', { cause: nested })),
    JSON.stringify({ ...secret }),
    JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(secret))),
    JSON.stringify(structuredClone(secret)),
    encodeURIComponent(secret as unknown as string),
  ];
  for (const text of shown) expect(text).not.toContain('4711');
  expect(shown[0]).toBe('[secret]');
});

test('it is revealed on request, and compared by its text', () => {
  expect(secret.reveal()).toBe(TEXT);
  expect([secret.equals(new Secret(TEXT)), secret.equals(new Secret('x')), secret.equals(undefined)]).toEqual([
    true,
    false,
    false,
  ]);
});

test('two secrets in an expectation are equal when their texts are', () => {
  expect({ token: secret }).toEqual({ token: new Secret(TEXT) });
  expect({ token: secret }).not.toEqual({ token: new Secret('x') });
  expect({ token: secret, other: 1 }).toMatchObject({ token: new Secret(TEXT) });
  expect({ token: secret, other: 1 }).not.toMatchObject({ token: new Secret('x') });
});

function printed(value: unknown): string {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  new Console(stream).log(value);
  return text;
}
