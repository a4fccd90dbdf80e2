import { webhook } from '@dayfold/plugin-http';
import { harness } from '@dayfold/sdk/testing';
import type { Harness } from '@dayfold/sdk/testing';
import { expect, test } from 'vitest';

const config = { name: 'scale', token: 'open-sesame', series: { weight: { time: 'at', value: 'kg', id: 'id' } } };
const push = JSON.stringify({ at: '2024-03-30T10:00:00Z', kg: 80.5, id: 7 });
const headers = { authorization: 'Bearer open-sesame' };

async function started(): Promise<Harness> {
  const run = harness(webhook, config);
  await run.start();
  return run;
}

test('a push is answered 202 once it is durable', async () => {
  const run = await started();
  run.readings.hold();
  let status: number | undefined;
  const pushed = run.inbound.push('scale', { headers, body: push }).then((answer) => (status = answer.status));
  await run.advance(0);
  expect(status).toBeUndefined();
  run.readings.release();
  await pushed;
  expect(status).toBe(202);
  expect(run.emitted).toEqual([{ series: 'weight', time: '2024-03-30T10:00:00Z', value: 80.5, id: '7' }]);
});

test('what could not be stored is asked for again', async () => {
  const run = await started();
  run.readings.hold();
  const pushed = run.inbound.push('scale', { headers, body: push });
  await run.advance(0);
  run.readings.fail(new Error('disk full'));
  expect(await pushed).toMatchObject({ status: 503, headers: { 'retry-after': '60' } });
  expect(run.health.state).toBe('degraded');
});

test('the token comes by header or query, and a wrong one stores nothing', async () => {
  const run = await started();
  expect((await run.inbound.push('scale', { headers: { 'x-token': 'open-sesame' }, body: push })).status).toBe(202);
  expect((await run.inbound.push('scale', { query: { token: 'open-sesame' }, body: push })).status).toBe(202);
  for (const wrong of [
    {},
    { authorization: 'Bearer open' },
    { 'x-token': 'open-sesame ' },
    { authorization: 'Basic open-sesame' },
  ]) {
    expect((await run.inbound.push('scale', { headers: wrong, body: push })).status).toBe(401);
  }
  expect(run.readings.stored).toHaveLength(1);
});

test('after twenty wrong tokens in a minute nothing is taken for a minute, so that none can be guessed', async () => {
  const run = await started();
  const attempt = async (token: string) =>
    await run.inbound.push('scale', { headers: { 'x-token': token }, body: push });
  for (let guess = 0; guess < 20; guess += 1) expect((await attempt(`guess ${guess}`)).status).toBe(401);
  expect(await attempt('open-sesame')).toMatchObject({ status: 429, headers: { 'retry-after': '60' } });
  expect(run.health.state).toBe('degraded');
  await run.advance(59_999);
  expect(await attempt('open-sesame')).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  await run.advance(1);
  expect((await attempt('open-sesame')).status).toBe(202);
  expect(run.health.state).toBe('ok');
});

test('who guesses tokens shuts out nobody else, and another address of the same network is no other place', async () => {
  const run = await started();
  const attempt = async (from: string, token: string): Promise<number> =>
    (await run.inbound.push('scale', { from, headers: { 'x-token': token }, body: push })).status;
  for (const [guesser, neighbour, stranger] of [
    ['192.168.1.7', '::ffff:192.168.1.7', '192.168.1.8'],
    ['2001:db8:0:1::7', '2001:db8:0:1:ffff::8', '2001:db8:0:2::7'],
    ['fd00::7', 'fd00:0:0:0:1:2:3:4', 'fd00:0:0:1::7'],
    ['fe80::1%eth0', 'fe80::2%eth1', '::1'],
  ] as const) {
    for (let guess = 0; guess < 20; guess += 1) expect(await attempt(guesser, `guess ${guess}`)).toBe(401);
    expect(run.health.message).toContain(`from ${guesser}`);
    expect(await attempt(guesser, 'open-sesame')).toBe(429);
    expect(await attempt(neighbour, 'open-sesame')).toBe(429);
    expect(await attempt(stranger, 'open-sesame')).toBe(202);
  }
});

test('of many who guess the first are forgotten, and each is let in again after its minute', async () => {
  const run = await started();
  const attempt = async (from: string, token: string): Promise<number> =>
    (await run.inbound.push('scale', { from, headers: { 'x-token': token }, body: push })).status;
  for (let guess = 0; guess < 20; guess += 1) await attempt('10.0.0.1', 'guess');
  for (let other = 0; other < 999; other += 1) await attempt(`10.1.${other >> 8}.${other & 255}`, 'guess');
  expect(await attempt('10.0.0.1', 'open-sesame')).toBe(429);
  await attempt('10.2.0.0', 'guess');
  expect(await attempt('10.0.0.1', 'open-sesame')).toBe(202);
});

test('a push without a reading is answered with what is missing, and shown at the source', async () => {
  const run = await started();
  const answer = async (body: string) => await run.inbound.push('scale', { headers, body });
  for (const [body, missing] of [
    ['{}', 'none of 1 items gave a reading for weight: no value'],
    ['{"at":"2024-03-30T10:00:00Z","kg":null}', 'none of 1 items gave a reading for weight: no value'],
    ['[]', 'there is no item in it'],
    ['null', 'there is no item in it'],
  ] as const)
    expect(await answer(body), body).toMatchObject({ status: 422, body: JSON.stringify({ message: missing }) });
  expect(run.health.misfits.map(({ reason }) => reason)).toContain('a push without a reading');
  expect((await answer(`[{},${push}]`)).status).toBe(202);
});

test('wrong tokens that come slowly, as from a device with an old one, keep nobody out', async () => {
  const run = await started();
  for (let minute = 0; minute < 30; minute += 1) {
    for (let guess = 0; guess < 15; guess += 1) {
      expect((await run.inbound.push('scale', { headers: { 'x-token': 'old' }, body: push })).status).toBe(401);
      await run.advance(4000);
    }
  }
  expect((await run.inbound.push('scale', { headers, body: push })).status).toBe(202);
});

test('unreadable, oversized and wrongly sent pushes are told so', async () => {
  const run = await started();
  expect((await run.inbound.push('scale', { headers, body: '{"kg":' })).status).toBe(400);
  expect((await run.inbound.push('scale', { headers, body: `"${'x'.repeat(1024 * 1024)}"` })).status).toBe(413);
  expect((await run.inbound.push('scale', { headers, method: 'GET' })).status).toBe(405);
  expect((await run.inbound.push('scale', { headers, body: '{"at":"yesterday","kg":80}' })).status).toBe(422);
  expect(run.health.misfits.map(({ reason }) => reason)).toContain('"yesterday" is not a readable time');
  expect(run.emitted).toEqual([]);
});

test('JSON that is called a form, as "curl -d" does, is read as JSON', async () => {
  const run = await started();
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  await run.inbound.push('scale', { headers: form, body: '{"at":1711792800,"kg":81}' });
  expect(run.emitted).toEqual([{ series: 'weight', time: 1_711_792_800_000, value: 81 }]);
  await run.stop();
});

test('a form is a record too, and the name is free again after the stop', async () => {
  const run = await started();
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  await run.inbound.push('scale', { headers: form, body: 'at=1711792800&kg=81' });
  expect(run.emitted).toEqual([{ series: 'weight', time: 1_711_792_800_000, value: 81 }]);
  await run.stop();
  expect((await run.inbound.push('scale', { headers, body: push })).status).toBe(404);
});
