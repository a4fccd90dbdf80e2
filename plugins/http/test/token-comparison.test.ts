import { webhook } from '@dayfold/plugin-http';
import { harness } from '@dayfold/sdk/testing';
import type * as Crypto from 'node:crypto';
import { expect, test, vi } from 'vitest';

const compared: (readonly [number, number])[] = [];

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof Crypto>();
  return {
    ...crypto,
    timingSafeEqual: (one: Uint8Array, other: Uint8Array) => {
      compared.push([one.length, other.length]);
      return crypto.timingSafeEqual(one, other);
    },
  };
});

test('every token is compared in a time that tells nothing, whatever its length', async () => {
  const run = harness(webhook, { name: 'hook', token: 'open-sesame', series: { v: { value: 'v' } } });
  await run.start();
  const tokens = ['', 'o', 'open-sesam', 'open-sesame ', 'open-sesame', 'x'.repeat(16_000), 'ö\0', '__proto__'];
  for (const token of tokens) {
    const { status } = await run.inbound.push('hook', { headers: { 'x-token': token }, body: '{"v":1}' });
    expect(status, token.slice(0, 20)).toBe(token === 'open-sesame' ? 202 : 401);
  }
  // Of digests, which have one length.
  expect(compared).toEqual(tokens.map(() => [32, 32]));
});
