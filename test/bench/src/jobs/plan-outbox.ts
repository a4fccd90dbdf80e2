import { plan } from '@dayfold/runtime';
import type { OutboxItem, PlanInput } from '@dayfold/runtime';
import process from 'node:process';
import { ATTRIBUTE, DAY_MS } from './day-of-readings.ts';
import { reportJob } from './report-job.ts';
import { Secret } from '@dayfold/runtime';

/** Plans a sync over waiting values of 50 attributes; the time of the first plan of a process, and of a later one. */
const count = Number(process.argv[2]);
const NOW = Date.parse('2026-03-10T12:00:00Z');
const names = Array.from({ length: 50 }, (_, index) => `a${10 + index}`);
const dateOf = (daysAgo: number): OutboxItem['date'] =>
  new Date(NOW - daysAgo * DAY_MS).toISOString().slice(0, 10) as OutboxItem['date'];
const days = Math.ceil(count / names.length);
// As the port promises them: the oldest day first, then by attribute. Each with texts of its own, as a database gives them.
const outbox = Array.from({ length: count }, (_, index): OutboxItem => ({
  attribute: `a${10 + (index % names.length)}`,
  date: dateOf(days - 1 - Math.floor(index / names.length)),
  value: index + 1,
  confirmed: undefined,
  changedAt: NOW,
}));
const input = {
  now: NOW,
  today: dateOf(0),
  account: 'me',
  attributes: names.map((name) => ({ ...ATTRIBUTE, name, label: name })),
  outbox,
  token: {
    accessToken: new Secret('x'),
    refreshToken: new Secret('x'),
    expiresAt: NOW + DAY_MS,
    scopes: ['productivity_write'],
  },
  clockTrusted: true,
  ledger: names.map((attribute) => ({ account: 'me', attribute, name: attribute, state: 'owned', since: 0 })),
  budget: { usedLastHour: 0, limit: Number.POSITIVE_INFINITY, reserveForUser: 0 },
  lastSyncAt: undefined,
  nextSyncAt: undefined,
  reason: 'periodic',
  lateMs: 36_500 * DAY_MS,
  blockedUntil: undefined,
} as unknown as PlanInput;
const times: number[] = [];
let requests = 0;
for (let round = 0; round < 5; round += 1) {
  const from = performance.now();
  const planned = plan(input);
  times.push(performance.now() - from);
  requests = planned.requests.filter(({ endpoint }) => endpoint === 'update').length;
}
reportJob({
  first_ms: times[0] as number,
  ms: times.sort((a, b) => a - b)[2] as number,
  requests,
  surplus: requests - Math.ceil(count / 35),
});
