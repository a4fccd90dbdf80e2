import { AttributeIndex, ConfigInvalid, DayFolding, Intake, createCalendar } from '@dayfold/runtime';
import type { LocalDay } from '@dayfold/runtime';
import { openMemoryStore } from '@dayfold/store-sqlite';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { configFile, pluginCatalog, readConfiguration } from '../assembly.ts';
import type { CommonOptions } from '../assembly.ts';
import { print, printJson, table } from '../output.ts';
import { withProgress } from '../progress.ts';
import { Recording } from '../recording.ts';

/** Feeds recorded messages through the configuration in memory and prints the attribute-days they give. */
export async function replay(file: string, options: CommonOptions & { until?: string }): Promise<void> {
  const configured = configFile(options);
  const catalog = await pluginCatalog(configured);
  const { configuration } = await readConfiguration(configured, catalog);
  const found = await stat(file).catch(() => {
    throw new ConfigInvalid(`there is no file ${file}`);
  });
  const zone = configuration.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const calendar = createCalendar({ zones: [{ from: 0, zone }], dayStartsMin: configuration.dayStartsMin });
  const until = options.until === undefined ? undefined : calendar.instantOf(options.until);
  if (options.until !== undefined && until === undefined)
    throw new ConfigInvalid(`--until: "${options.until}" is not a time such as 2026-03-29T12:00`);
  const clock = new ReplayClock();
  const store = openMemoryStore();
  const attributes = new AttributeIndex(configuration.attributes);
  const intake = new Intake(store.journal, clock, calendar, attributes, { commitEveryMs: 0 });
  const folding = new DayFolding(store.journal, store.attributeDays, attributes, calendar, clock);
  const dates = new Set<LocalDay>();
  const recording = new Recording(file);
  const feed = async (): Promise<void> => {
    for await (const message of recording.messages()) {
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
  };
  const percent = (): string => `${Math.floor((100 * recording.bytes) / Math.max(1, found.size))} %`;
  await withProgress(`replaying ${basename(file)}`, feed, percent);
  clock.arrival = undefined;
  clock.time = until ?? clock.time;
  for (const attribute of attributes.all())
    await store.attributeDays.touch([...dates].map((date) => ({ attribute: attribute.name, date })));
  await withProgress('folding', async () => {
    await folding.fold();
  });
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
