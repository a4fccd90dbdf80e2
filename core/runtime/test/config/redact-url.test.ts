import { credentialsIn, withoutCredentials, withoutWhereabouts } from '@dayfold/runtime';
import { expect, test } from 'vitest';

test.each([
  ['mqtt://anna:pa%3Ass@broker:1883', 'mqtt://•••@broker:1883'],
  ['refused by https://u@host/path, again', 'refused by https://•••@host/path, again'],
  ['https://x/api?appid=abc&q=a@b&api-key=d', 'https://x/api?appid=•••&q=a@b&api-key=•••'],
  ['https://x/?access%5Ftoken=abc#frag', 'https://x/?access%5Ftoken=•••#frag'],
  ['mail anna@example.org', 'mail anna@example.org'],
])('%s is shown as %s', (text, shown) => {
  expect(withoutCredentials(text)).toBe(shown);
});

test('what was taken out is known, as written and decoded', () => {
  expect(credentialsIn('mqtt://anna:pa%3Ass@broker?token=x%20y')).toEqual(['pa%3Ass', 'pa:ss', 'x%20y', 'x y']);
});

test('an address does not say where somebody lives', () => {
  expect(withoutWhereabouts('https://x/forecast?latitude=52.5&longitude=13.4&daily=max')).toBe(
    'https://x/forecast?latitude=•••&longitude=•••&daily=max',
  );
});
