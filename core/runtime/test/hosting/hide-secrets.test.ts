import { expect, test } from 'vitest';
import { hiding, secretsOf } from '../../src/hosting/hide-secrets.ts';
import { Secret } from '../../src/kernel/secret.ts';

const hide = hiding([new Secret('kanari/4711+Qx7'), new Secret('kanari/4711'), new Secret('abc')]);

test('a secret is hidden in every form it travels in', () => {
  expect(hide('before kanari/4711+Qx7 after')).toBe('before ••• after');
  expect(hide('?a=kanari%2F4711%2BQx7&b')).toBe('?a=•••&b');
  expect(hide(Buffer.from('anna:kanari/4711+Qx7').toString('base64'))).not.toContain('thbmFyaS8');
  expect(hide('the short abc stays, it would tear words apart')).toContain('abc');
});

test('the beginning of one that was cut short is hidden too, and of two that begin alike each', () => {
  expect(hide('answered 401: token kanari/47…')).toBe('answered 401: token •••…');
  expect(hide('kanari/4711 and kanari/4711+Qx7')).toBe('••• and •••');
  expect(hide('kanari')).toBe('kanari');
});

test('a source hides the secrets it may ask for and those of its options', () => {
  const source = { name: 'a', plugin: 'p', enabled: true, options: {} };
  const one = new Secret('one');
  const two = new Secret('two');
  expect(secretsOf({ ...source, secrets: { token: one }, hidden: [two] })).toEqual([one, two]);
  expect(secretsOf(source)).toEqual([]);
});
