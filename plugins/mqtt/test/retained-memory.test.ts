import { MemoryStorage } from '@dayfold/sdk/testing';
import { expect, test } from 'vitest';
import { RetainedMemory } from '../src/retained-memory.ts';

const payload = (text: string): Buffer => Buffer.from(text);

/** What was to be stored with the message is stored. */
async function took(memory: RetainedMemory, storage: MemoryStorage, topic: string, text: string): Promise<boolean> {
  const state = await memory.remember(topic, payload(text));
  for (const [key, value] of Object.entries(state ?? {})) await storage.set(key, value);
  return state !== undefined;
}

test('beyond its bound a memory of retained messages stores no further topic, and goes on with those it knows', async () => {
  const storage = new MemoryStorage();
  const memory = new RetainedMemory(storage, 2);
  for (const topic of ['a', 'b', 'c', 'd']) expect(await took(memory, storage, topic, '1')).toBe(true);
  expect(await storage.keys()).toHaveLength(2);
  expect(await took(memory, storage, 'a', '1')).toBe(false);
  expect(await took(memory, storage, 'a', '2')).toBe(true);
  expect(await took(memory, storage, 'c', '1')).toBe(true);
  const later = new RetainedMemory(storage, 2);
  expect(await took(later, storage, 'e', '1')).toBe(true);
  expect(await took(later, storage, 'b', '1')).toBe(false);
  expect(await storage.keys()).toHaveLength(2);
});
