import { soundsSecret } from '@dayfold/runtime';
import { expect, test } from 'vitest';

test('names that usually hold a secret are known in every spelling', () => {
  const names = [
    [
      'password',
      'mqttPassword',
      'PASSWD',
      'passphrase',
      'client_secret',
      'access_token',
      'X-Auth-Token',
      'appid',
      'site_key',
    ],
    ['Authorization', 'Cookie', 'api key', 'apikey', 'X-API-Key', 'private-key', 'key', 'PIN', 'session id', 'bearer'],
  ].flat();
  expect(names.filter((name) => !soundsSecret(name))).toEqual([]);
});

test('names of ordinary options are not', () => {
  const names = ['topic', 'author', 'keepalive', 'keep', 'path', 'spinning', 'session', 'user', 'url'];
  expect(names.filter(soundsSecret)).toEqual([]);
});
