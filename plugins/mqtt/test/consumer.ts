/** A dayfold that can be killed: its journal is a file with one line a reading, synced before `emit` resolves. */
import { FakeClock, RecordedHealth, RecordedLogger } from '@dayfold/sdk/testing';
import type { JsonValue, Reading, Readings, Storage } from '@dayfold/sdk';
import { fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { MqttSource } from '../src/mqtt-source.ts';
import { mqttOptions } from '../src/options.ts';

const [url = '', file = '', version = '4', tls = '{}'] = process.argv.slice(2);
const journal = openSync(file, 'a+');
/** A line that the kill cut short was never acknowledged. */
const lines = readFileSync(file, 'utf8')
  .split('\n')
  .flatMap((line): { reading?: Reading; key?: string; value?: JsonValue }[] => {
    try {
      return [JSON.parse(line) as { reading?: Reading }];
    } catch {
      return [];
    }
  });
const kept = new Map<string, JsonValue>(
  lines.flatMap(({ key, value = null }) => (key === undefined ? [] : [[key, value]])),
);

const write = (entries: readonly object[]): void => {
  writeSync(journal, `\n${entries.map((entry) => JSON.stringify(entry)).join('\n')}\n`);
  fdatasyncSync(journal);
};
let waiting: { readonly batch: readonly Reading[]; readonly resolve: () => void }[] = [];
const readings: Readings = {
  emit: (batch) =>
    new Promise((resolve) => {
      if (waiting.length === 0)
        setTimeout(() => {
          const group = waiting;
          waiting = [];
          write(group.flatMap((one) => one.batch.map((reading) => ({ reading }))));
          for (const one of group) one.resolve();
        }, 3);
      waiting.push({ batch, resolve });
    }),
  mirror: () => Promise.reject(new Error('no tables here')),
  window: () => undefined,
  receipts: (limit) =>
    Promise.resolve(
      lines
        .flatMap(({ reading }) => (reading?.receipt === undefined ? [] : [reading.receipt]))
        .toReversed()
        .slice(0, limit),
    ),
};
const storage: Storage = {
  get: (key) => Promise.resolve(kept.get(key)),
  set: (key, value) => {
    kept.set(key, value);
    write([{ key, value }]);
    return Promise.resolve();
  },
  delete: (key) => Promise.resolve(void kept.delete(key)),
  keys: () => Promise.resolve([...kept.keys()]),
};
const source = new MqttSource(
  mqttOptions.parse({
    url,
    version: Number(version),
    client_id: 'killed',
    qos: 2,
    tls: JSON.parse(tls) as object,
    series: { n: { topic: 'n' } },
  }),
  {
    readings,
    storage,
    clock: new FakeClock(Date.now(), 'UTC'),
    health: new RecordedHealth(),
    log: new RecordedLogger(),
  },
);
await source.start(new AbortController().signal);
process.send?.('started');
