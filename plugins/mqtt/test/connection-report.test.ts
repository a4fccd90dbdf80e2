import { FakeClock, RecordedHealth, RecordedLogger } from '@dayfold/sdk/testing';
import { LoginRequired, NotReady } from '@dayfold/sdk';
import { expect, test } from 'vitest';
import { ConnectionReport } from '../src/connection-report.ts';
import { addressOf } from '../src/transport.ts';
import { mqttOptions } from '../src/options.ts';

const FIVE_MINUTES = 5 * 60_000;
const NOON = '2024-03-30T12:00:00.000Z';

test('silence is told once it lasted, only of a connection that stands, and settled by a message', async () => {
  const { report, clock, health } = reporting();
  const abort = new AbortController();
  let isConnected = false;
  const watched = report.watchSilence(10 * 60_000, () => isConnected, abort.signal);
  await clock.advance(30 * 60_000);
  expect(health.history).toEqual([]);
  isConnected = true;
  await clock.advance(60_000);
  expect(health.message).toBe(`connected, but no message since ${NOON}`);
  report.messageCame();
  expect(health.state).toBe('ok');
  await clock.advance(9 * 60_000);
  expect(health.state).toBe('ok');
  await clock.advance(2 * 60_000);
  expect(health.message).toBe('connected, but no message since 2024-03-30T12:31:00.000Z');
  expect(health.history).toHaveLength(3);
  abort.abort();
  await watched;
});

test('a lost session is told with the time of the last message until the next one', async () => {
  const { report, clock, health, log } = reporting();
  await clock.advance(60_000);
  report.messageCame();
  await clock.advance(60_000);
  report.lost(new NotReady('refused'), true, 'home');
  report.subscribed([], true);
  const told = 'the broker no longer knew our session: messages since 2024-03-30T12:01:00.000Z may be missing';
  expect(health.message).toBe(told);
  expect(log.lines.map(({ level }) => level)).toEqual(['warn']);
  // A ping says nothing about what is missing.
  report.lasted();
  expect(health.message).toBe(told);
  report.messageCame();
  expect(health.state).toBe('ok');
});

test('a client id that is fought over waits five minutes, and is settled by a connection that lasts', async () => {
  const { report, clock, health } = reporting();
  const waits: number[] = [];
  for (let loss = 0; loss < 5; loss += 1) {
    await clock.advance(2000);
    waits.push(report.lost(new NotReady('closed'), true, 'shared'));
    report.connected();
    report.subscribed([], false);
  }
  expect(waits.slice(0, 4).every((wait) => wait < 3000)).toBe(true);
  expect(waits[4]).toBe(FIVE_MINUTES);
  expect(health.message).toContain('another client seems to use the client id "shared" too');
  report.lasted();
  expect(health.state).toBe('ok');
});

test('a wrong password waits five minutes; a broker that refuses for another reason is tried soon', () => {
  const { report, health } = reporting();
  expect(report.lost(new LoginRequired('the broker refuses user or password'), false, 'home')).toBe(FIVE_MINUTES);
  expect(health.message).toBe('the broker refuses user or password; mend it in the configuration');
  report.subscribed([], false);
  expect(health.state).toBe('ok');
  expect(report.lost(new NotReady('the broker refuses the client (reason 3)'), false, 'home')).toBeLessThan(5000);
  expect(health.message).toBe('the broker refuses the client (reason 3)');
});

test('the gravest of several troubles is shown, and the next one when it is settled', () => {
  const { report, health } = reporting();
  report.subscribed(['a/#', 'b'], true);
  report.storingFailed('the disk is full');
  expect(health.message).toBe('the disk is full');
  report.lasted();
  expect(health.message).toBe('the broker refuses the subscription to a/#, b');
  report.subscribed([], false);
  expect(health.message).toContain('may be missing');
});

function reporting() {
  const clock = new FakeClock(Date.parse(NOON), 'UTC');
  const [health, log] = [new RecordedHealth(), new RecordedLogger()];
  const address = addressOf(mqttOptions.parse({ url: 'mqtt://localhost', series: {} }));
  const report = new ConnectionReport(address, { clock, health, log }, () => 0.5);
  report.begin();
  return { report, clock, health, log };
}
