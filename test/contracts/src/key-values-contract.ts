import type { KeyValues } from '@dayfold/runtime';
import { describe, expect, test } from 'vitest';

export function keyValuesContract(
  name: string,
  open: () => Promise<AsyncDisposable & { readonly keyValues: KeyValues }>,
): void {
  describe(`${name} keeps the KeyValues contract`, () => {
    test('values of every JSON kind come back, null too', async () => {
      await using store = await open();
      for (const value of [null, false, 0, '', 'text', [1, ['two']], { deep: { list: [null] } }]) {
        await store.keyValues.set('mqtt', 'key', value);
        expect(await store.keyValues.get('mqtt', 'key')).toEqual(value);
      }
      expect(await store.keyValues.get('mqtt', 'other')).toBeUndefined();
    });

    test('a value that changes after it was set does not change what is kept', async () => {
      await using store = await open();
      const value = { list: [1] };
      await store.keyValues.set('mqtt', 'key', value);
      value.list.push(2);
      expect(await store.keyValues.get('mqtt', 'key')).toEqual({ list: [1] });
    });

    test('names that objects have of themselves are names like any other', async () => {
      await using store = await open();
      const value = JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, { readonly polluted: boolean }>;
      await store.keyValues.set('__proto__', 'constructor', 1);
      await store.keyValues.set('files', '__proto__', value);
      expect(await store.keyValues.get('files', 'toString')).toBeUndefined();
      expect(await store.keyValues.get('__proto__', 'constructor')).toBe(1);
      expect(JSON.stringify(await store.keyValues.get('files', '__proto__'))).toBe('{"__proto__":{"polluted":true}}');
      expect(await store.keyValues.keys('files')).toEqual(['__proto__']);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    });

    test('scopes are apart; keys are told in order; a deleted key is gone', async () => {
      await using store = await open();
      await store.keyValues.set('a', 'two', 2);
      await store.keyValues.set('a', 'one', 1);
      await store.keyValues.set('b', 'one', 3);
      expect(await store.keyValues.keys('a')).toEqual(['one', 'two']);
      await store.keyValues.delete('a', 'one');
      await store.keyValues.delete('a', 'never');
      expect(await store.keyValues.keys('a')).toEqual(['two']);
      expect(await store.keyValues.get('b', 'one')).toBe(3);
      expect(await store.keyValues.keys('c')).toEqual([]);
    });
  });
}
