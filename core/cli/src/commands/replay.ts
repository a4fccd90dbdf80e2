import { AttributeIndex, ConfigInvalid, DayFolding, Intake, createCalendar } from '@dayfold/runtime';
import type { LocalDay } from '@dayfold/runtime';
import type { CapturedMessage } from '@dayfold/sdk';
import { openMemoryStore } from '@dayfold/store-sqlite';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { configFile, pluginCatalog, readConfiguration } from '../assembly.ts';
import type { CommonOptions } from '../assembly.ts';
import { print, printJson, table } from '../output.ts';

const Message = z
  .object({
    time: z.union([z.number(), z.string()]),
    topic: z.string(),
    payload: z.union([z.string(), z.looseObject({}), z.array(z.unknown()), z.number(), z.boolean()]).optional(),
    base64: z.base64().optional(),
    retained: z.boolean().optional(),
    source: z.string().optional(),
  })
  .refine(({ payload, base64 }) => (payload === undefined) !== (base64 === undefined), {
    error: 'expected either "payload" or "base64"',
  });

type RecordedMessage = CapturedMessage & { readonly source?: string };

/** Feeds recorded messages through the configuration in memory and prints the attribute-days they give. */
export async function replay(recording: string, options: CommonOptions & { until?: string }): Promise<void> {
  const file = configFile(options);
  const catalog = await pluginCatalog(file);
  const { configuration } = await readConfiguration(file, catalog);
  await stat(recording).catch(() => {
    throw new ConfigInvalid(`there is no file ${recording}`);
  });
  const zone = configuration.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const calendar = createCalendar({ zones: [{ from: 0, zone }], dayStartsMin: configuration.dayStartsMin });
  const clock = new ReplayClock();
  const store = openMemoryStore();
  const attributes = new AttributeIndex(configuration.attributes);
  const intake = new Intake(store.journal, clock, calendar, attributes, { commitEveryMs: 0 });
  const folding = new DayFolding(store.journal, store.attributeDays, attributes, calendar, clock);
  folding.keepMs = Number.MAX_SAFE_INTEGER;
  const dates = new Set<LocalDay>();
  let line = 0;
  for await (const text of createInterface({
    input: createReadStream(recording),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    line += 1;
    if (text.trim() === '') continue;
    const message = messageOf(text, recording, line);
    clock.time = Math.max(clock.time, message.time);
    for (const source of configuration.sources) {
      const plugin = await catalog.load(source.plugin);
      if (plugin.replay === undefined || (message.source !== undefined && message.source !== source.name)) continue;
      const readings = await plugin.replay(source.options, message);
      // Each reading keeps the moment of its message as its arrival.
      clock.arrival = message.time;
      await intake.emit(source.name, readings, {}, () => undefined);
    }
    dates.add(calendar.dayOf(message.time));
  }
  clock.arrival = undefined;
  if (options.until !== undefined) {
    const until = calendar.instantOf(options.until);
    if (until === undefined)
      throw new ConfigInvalid(`--until: "${options.until}" is not a time such as 2026-03-29T12:00`);
    clock.time = until;
  }
  for (const attribute of attributes.all())
    await store.attributeDays.touch([...dates].map((date) => ({ attribute: attribute.name, date })));
  await folding.fold();
  const days = (await store.attributeDays.list({}))
    .filter((day) => day.wanted !== undefined)
    .map(({ attribute, date, wanted, readings }) => ({ attribute, date, value: wanted, readings }));
  if (options.json === true) printJson(days);
  else
    print(
      table(
        ['date', 'attribute', 'value', 'readings'],
        days.map((day) => [day.date, day.attribute, String(day.value), String(day.readings)]),
        'The recording gives no values with this configuration.',
      ),
    );
}

function messageOf(text: string, file: string, line: number): RecordedMessage {
  try {
    const { time, topic, payload, base64, retained, source } = Message.parse(JSON.parse(text));
    const at = typeof time === 'number' ? time : Date.parse(time);
    if (Number.isNaN(at)) throw new Error(`"${time}" is not a time`);
    return {
      time: at,
      topic,
      ...(base64 === undefined
        ? { payload: typeof payload === 'string' ? payload : JSON.stringify(payload) }
        : { base64 }),
      ...(retained === undefined ? {} : { retained }),
      ...(source === undefined ? {} : { source }),
    };
  } catch (error) {
    throw new ConfigInvalid(
      `${file}:${line}: expected a line such as {"time": 1767225600000, "topic": "…", "payload": "…"}: ${(error as Error).message.slice(0, 200)}`,
    );
  }
}

/** "Now" is the last message's time. */
class ReplayClock {
  time = 0;
  arrival: number | undefined;

  now(): number {
    return this.arrival ?? this.time;
  }

  monotonic(): number {
    return this.time;
  }

  trusted(): boolean {
    return true;
  }

  async sleep(): Promise<void> {
    await Promise.resolve();
  }
}
