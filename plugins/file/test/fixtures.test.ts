import file from '@dayfold/plugin-file';
import { harness } from '@dayfold/sdk/testing';
import type { Harness } from '@dayfold/sdk/testing';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../../shared/fixtures/files/', import.meta.url));

async function read(path: string, series: Record<string, object>, options: object = {}): Promise<Harness> {
  const run = harness(file, { path: root + path, series, ...options });
  await run.once();
  return run;
}

describe.skipIf(!existsSync(root))('files of others (skipped without ../shared/fixtures)', () => {
  test('Goodreads: pages of the books read', async () => {
    const run = await read('documented-shapes/goodreads_library_export.csv', {
      pages: { date: 'Date Read', value: 'Number of Pages', id: 'Book Id' },
    });
    expect(run.readings.stored).toContainEqual({ series: 'pages', date: '2024-03-31', value: 312, id: '1' });
  });

  test('Daylio: moods with a local time, notes over two lines', async () => {
    const run = await read('documented-shapes/daylio_export.csv', {
      mood: { time: "full_date & 'T' & time", value: 'mood' },
    });
    expect(run.readings.stored).toContainEqual({ series: 'mood', time: '2024-03-30T22:40:00', value: 'rad' });
    expect(run.readings.stored.length).toBeGreaterThanOrEqual(3);
    expect(run.health.misfits).toEqual([]);
  });

  test('Toggl: spans of two columns each', async () => {
    const run = await read('documented-shapes/toggl_time_entries.csv', {
      work: { start: "`Start date` & 'T' & `Start time`", end: "`End date` & 'T' & `End time`" },
    });
    expect(run.readings.stored[0]).toEqual({
      series: 'work',
      start: '2024-03-30T23:30:00',
      end: '2024-03-31T03:30:00',
    });
  });

  test('Apple Health: steps as spans with offsets and the unit of the row', async () => {
    const run = await read('apple-health/StepCount.csv', {
      steps: { start: 'startDate', end: 'endDate', value: 'value', unit: 'unit' },
    });
    expect(run.readings.stored[0]).toEqual({
      series: 'steps',
      start: '2014-09-13T10:27:54+01:00',
      end: '2014-09-13T10:27:59+01:00',
      value: 329,
      unit: 'count',
    });
    expect(run.health.misfits).toEqual([]);
  });

  test('weather: a date a day, and hours over a change of the clocks', async () => {
    const days = await read('weather-csv/seattle-weather.csv', { max: { date: 'date', value: 'temp_max' } });
    expect(days.readings.stored[0]).toEqual({ series: 'max', date: '2012-01-01', value: 12.8 });
    const hours = await read('weather-csv/nyc-lga-2013-03.csv', {
      temp: { time: 'time_hour', value: 'temp', unit: '°F' },
    });
    expect(hours.readings.stored[0]).toEqual({
      series: 'temp',
      time: '2013-03-01T00:00:00Z',
      value: 44.06,
      unit: '°F',
    });
    expect(hours.health.misfits).toEqual([]);
  });

  test('Sleep as Android: a header for every record', async () => {
    const run = await read('sleep-as-android/*.csv', {
      sleep: { start: 'From', end: 'To', time_format: 'D. M. YYYY H:mm', value: 'Hours', id: 'Id' },
    });
    expect(run.health.misfits).toEqual([]);
    expect(run.readings.stored).toContainEqual({
      series: 'sleep',
      start: '2020-11-28T08:12:00.000',
      end: '2020-11-28T08:13:00.000',
      value: 0.01,
      id: '1606551161794',
    });
  });

  test('Fitbit: a title before the header, times with AM and PM', async () => {
    const run = await read(
      'fitbit-sleep-csv/simple.csv',
      { sleep: { start: 'Start Time', end: 'End Time', time_format: 'YYYY-MM-DD h:mmA' } },
      { skip: 1 },
    );
    expect(run.readings.stored).toEqual([
      { series: 'sleep', start: '2010-11-12T01:23:00.000', end: '2010-11-12T14:34:00.000' },
    ]);
  });

  test('PleesTracker: spans in milliseconds', async () => {
    const run = await read('pleestracker/normal.csv', { sleep: { start: 'start', end: 'stop' } });
    expect(run.readings.stored[0]).toEqual({ series: 'sleep', start: 1608323029380, end: 1608323057541 });
  });

  test('Loop Habits: a column a habit', async () => {
    const run = await read('gpl/loop-habits/Checkmarks.csv', { early: { date: 'Date', value: 'Wake up early' } });
    expect(run.readings.stored[0]).toEqual({ series: 'early', date: '2015-01-25', value: 'YES_MANUAL' });
  });

  test('Health Auto Export: metrics deep in a document', async () => {
    const run = await read('health-auto-export/*.json', {
      any: { items: 'data.metrics.data[qty]', time: 'date', value: 'qty' },
    });
    expect(run.readings.stored.length).toBeGreaterThan(0);
    expect(run.readings.stored.every(({ time, value }) => typeof value === 'number' && typeof time === 'string')).toBe(
      true,
    );
  });
});
