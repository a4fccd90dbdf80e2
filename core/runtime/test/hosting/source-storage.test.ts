import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { MOST_KEYS, SourceStorage } from '../../src/hosting/source-storage.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';

async function storageOver(keys: readonly string[] = []) {
  const { keyValues } = createMemoryStore();
  for (const key of keys) await keyValues.set('home', key, 1);
  const storage = new SourceStorage(keyValues, 'home', () => undefined);
  // It has looked at what is there.
  await turn();
  return { keyValues, storage };
}

test('what a source keeps is bounded in number, in the length of a key and in the size of a value', async () => {
  const { storage } = await storageOver();
  await storage.set('k'.repeat(8192), 'v'.repeat(65_000));
  await expect(storage.set('k'.repeat(8193), 1)).rejects.toThrow('a storage takes 8 KB at the most');
  await expect(storage.set('cursor', 'v'.repeat(65_536))).rejects.toThrow(
    'the value of "cursor" is too long: a storage takes 64 KB at the most, and it has 65538 bytes',
  );
  expect(await storage.keys()).toHaveLength(1);
});

test('a source whose storage is full changes what it has, and takes new keys for old ones', async () => {
  const { storage, keyValues } = await storageOver(Array.from({ length: MOST_KEYS }, (_, index) => `key ${index}`));
  await storage.set('key 0', 2);
  await expect(storage.set('new', 1)).rejects.toThrow(
    `"new" is one key too many: the storage of a source takes ${MOST_KEYS} at the most`,
  );
  expect(() => storage.admit({ 'key 1': 2, new: 1 })).toThrow('one key too many');
  await storage.delete('key 2');
  await storage.set('new', 1);
  expect(await storage.keys()).toHaveLength(MOST_KEYS);
  expect(await keyValues.get('other', 'new')).toBeUndefined();
});
