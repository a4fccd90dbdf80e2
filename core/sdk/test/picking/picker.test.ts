import { createPicker, isMisfit, localDateOf, namesColumns, strictNumber, timeOf } from '@dayfold/sdk/picking';
import { expect, test } from 'vitest';

const pick = (options: object, record: unknown, extras = {}): unknown =>
  createPicker(options, extras).pick('s', record);

test.each([
  ['12', 12],
  [' -1.5e3 ', -1500],
  ['+.5', 0.5],
  ['5.', 5],
  ['0x10', undefined],
  ['1,5', undefined],
  ['1 000', undefined],
  ['', undefined],
  ['Infinity', undefined],
  ['1e999', undefined],
  ['12abc', undefined],
  ['NaN', undefined],
])('the decimal text "%s" is %s', (text, number) => {
  expect(strictNumber(text)).toBe(number);
});

test.each([
  [1711843200, 1711843200000],
  [1711843200.5, 1711843200500],
  ['1711843200000', 1711843200000],
  [1711843200123456, 1711843200123],
  ['1711843200123456789', 1711843200123],
  ['2014-09-13 10:27:54 +0100', '2014-09-13T10:27:54+01:00'],
  ['2024-03-31T23:30', '2024-03-31T23:30:00'],
  ['2024-03-31 23:30:05', '2024-03-31T23:30:05'],
  ['2024/03/31', '2024-03-31T00:00:00'],
  ['2024-03-31T10:00:00.123Z', '2024-03-31T10:00:00.123Z'],
  ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59Z'],
  ['2024-13-01', undefined],
  ['2023-02-29T00:00Z', undefined],
  ['2024-03-31T25:00', undefined],
  [20240331, undefined],
  [0, undefined],
  [-5, undefined],
  [Number.NaN, undefined],
  ['yesterday', undefined],
  [true, undefined],
  [{}, undefined],
])('the time %s is read as %s', (text, time) => {
  expect(timeOf(text)).toBe(time);
});

test.each([
  ['28. 11. 2020 8:12', 'D. M. YYYY H:mm', '2020-11-28T08:12:00.000'],
  ['2010-11-12 2:34PM', 'YYYY-MM-DD h:mmA', '2010-11-12T14:34:00.000'],
  ['161113205757W', 'YYMMDDHHmmss[W]', '2016-11-13T20:57:57.000'],
  ['31.12.2020 10:00 +0200', 'DD.MM.YYYY HH:mm ZZ', '2020-12-31T10:00:00.000+02:00'],
  ['31.02.2020', 'DD.MM.YYYY', undefined],
  ['2024-03-31', 'DD.MM.YYYY', undefined],
])('the time %s in the format %s is %s, whatever the zone of the host', (text, format, time) => {
  expect(timeOf(text, format)).toBe(time);
});

test.each([
  ['2024-03-31', undefined, '2024-03-31'],
  ['2024/3/1', undefined, '2024-03-01'],
  ['2024-03-31T23:59:00-08:00', undefined, '2024-03-31'],
  ['2023-02-29', undefined, undefined],
  [1711843200, undefined, undefined],
  ['3/31/2024', 'M/D/YYYY', '2024-03-31'],
  [20240331, 'YYYYMMDD', '2024-03-31'],
])('the date %s (%s) is %s', (text, format, date) => {
  expect(localDateOf(text, format)).toBe(date);
});

test('plain paths answer at once, other expressions later, and neither ever throws', async () => {
  expect(pick({ value: 'a.b' }, { a: { b: '3.5' } })).toEqual({ series: 's', value: 3.5 });
  const later = pick({ value: '$sum(a)' }, { a: [1, 2] });
  expect(later).toBeInstanceOf(Promise);
  expect(await later).toEqual({ series: 's', value: 3 });
  expect(await pick({ value: '$number(a)' }, { a: 'x' })).toMatchObject({
    misfit: expect.stringContaining('$number(a)') as string,
  });
});

test.each([undefined, null, '', '  ', 'nan', 'NaN', Number.NaN, Number.POSITIVE_INFINITY])(
  '%s is no value',
  (value) => {
    expect(pick({ value: 'v' }, { v: value })).toEqual({ misfit: 'no value' });
  },
);

test('scalars are values by themselves; objects and lists never are', () => {
  expect(pick({}, '21.5')).toEqual({ series: 's', value: 21.5 });
  expect(pick({}, false)).toEqual({ series: 's', value: false });
  expect(pick({}, 'unavailable')).toEqual({ series: 's', value: 'unavailable' });
  expect(pick({}, { a: 1 })).toEqual({ misfit: 'the value is an object, not a number, text or true/false' });
  expect(pick({ value: 'a' }, { a: [1] })).toEqual({ misfit: 'the value is a list, not a number, text or true/false' });
});

test('an integer too long for a number keeps its digits as text', () => {
  expect(pick({}, '9007199254740993')).toEqual({ series: 's', value: '9007199254740993' });
});

test('a decimal comma is read where it is announced', () => {
  expect(pick({}, '1.234,5', { decimal: ',' })).toEqual({ series: 's', value: 1234.5 });
  expect(pick({}, '12.5', { decimal: ',' })).toEqual({ series: 's', value: '12.5' });
});

test('a span needs no value; one end of it alone is a moment', () => {
  const record = { a: 1711843200, b: '2024-03-31T03:00:00Z' };
  expect(pick({ start: 'a', end: 'b' }, record)).toEqual({
    series: 's',
    start: 1711843200000,
    end: '2024-03-31T03:00:00Z',
  });
  expect(pick({ start: 'a', value: 'a' }, record)).toMatchObject({ time: 1711843200000 });
  expect(pick({ start: 'a', end: 'c' }, record)).toEqual({ misfit: 'no end' });
});

test('what cannot be read is named', () => {
  expect(pick({ value: 'v', time: 't' }, { v: 1, t: 'soon' })).toEqual({ misfit: '"soon" is not a readable time' });
  expect(pick({ value: 'v', date: 'd' }, { v: 1, d: { y: 1 } })).toEqual({
    misfit: '"{"y":1}" is not a readable date',
  });
});

test.each([
  [
    { v: '1.5', d: '2024-03-31' },
    { series: 's', value: 1.5, date: '2024-03-31' },
  ],
  [
    { v: 'open', d: '2024/3/1' },
    { series: 's', value: 'open', date: '2024-03-01' },
  ],
  [{ v: '', d: '2024-03-31' }, { misfit: 'no value' }],
  [{ v: 1, d: '' }, { misfit: 'no date' }],
  [{ v: 1, d: 'soon' }, { misfit: '"soon" is not a readable date' }],
  [{ v: [1], d: '2024-03-31' }, { misfit: 'the value is a list, not a number, text or true/false' }],
  [undefined, { misfit: 'no value' }],
])('of a value with its date alone %j gives the same as where more is asked for', async (record, expected) => {
  const expression = { value: '$lookup($, "v")', date: '$lookup($, "d")' };
  for (const options of [{ value: 'v', date: 'd' }, expression]) {
    expect(await pick(options, record)).toEqual(expected);
    expect(await pick({ ...options, id: 'none' }, record)).toEqual(expected);
  }
});

test('a field that fails later than another one has failed at once fails nobody', async () => {
  const failed: unknown[] = [];
  const onFailed = (reason: unknown): void => void failed.push(reason);
  process.on('unhandledRejection', onFailed);
  const options = { value: '$number(v)', date: 'no (name' };
  const misfit = { misfit: 'there is no "no (name"' };
  expect(pick(options, { v: 'x' }, { names: true })).toEqual(misfit);
  expect(pick({ ...options, id: 'none' }, { v: 'x' }, { names: true })).toEqual(misfit);
  await pick({ value: '$number(v)' }, { v: 'x' });
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onFailed);
  expect(failed).toEqual([]);
});

test('a unit is a unit or the field that states it', async () => {
  for (const unit of ['kWh', '%', 'm/s', '°C'])
    expect(pick({ value: 'v', unit }, { v: 1 })).toEqual({ series: 's', value: 1, unit });
  expect(pick({ value: 'v', unit: 'u' }, { v: 1, u: 'W' })).toMatchObject({ unit: 'W' });
  expect(await pick({ value: 'v', unit: '$uppercase(u)' }, { v: 1, u: 'w' })).toMatchObject({ unit: 'W' });
});

test('ids are text; an absent one is left out', () => {
  expect(pick({ value: 'v', id: 'id' }, { v: 1, id: 7 })).toEqual({ series: 's', value: 1, id: '7' });
  expect(pick({ value: 'v', id: 'id' }, { v: 1 })).toEqual({ series: 's', value: 1 });
});

test('with names, a column of exactly that name comes first and need not be an expression', () => {
  const record = { 'Number of Pages': '312', 'a-b': 1, a: 5, b: 3 };
  expect(pick({ value: 'Number of Pages' }, record, { names: true })).toEqual({ series: 's', value: 312 });
  expect(pick({ value: 'a-b' }, record, { names: true })).toEqual({ series: 's', value: 1 });
  expect(isMisfit(createPicker({ value: 'No Such' }, { names: true }).pick('s', record) as { misfit: string })).toBe(
    true,
  );
  expect(() => createPicker({ value: 'Number of Pages' })).toThrow('is not a JSONata expression');
});

test.each([
  { value: 'Pages', date: 'Date' },
  { value: 'Number of Pages', time: 'Date', id: 'Id', unit: 'Unit' },
  { value: '$sum(Pages)', start: 'Date', end: 'Until' },
  { value: 'Note' },
])('from the cells of a row the same is picked as from its record: %j', async (options) => {
  const columns = ['Date', 'Until', 'Pages', 'Number of Pages', '$sum(Pages)', 'Id', 'Unit', 'Note', 'Pages'];
  const rows = [
    ['2026-03-29', '2026-03-30', '12', '1.5', '3', 'a', 'kWh', ' read ', '9'],
    ['', 'soon', '', 'x', 'NaN', '', '', '', '9'],
  ];
  expect(namesColumns(options, columns)).toBe(true);
  for (const cells of rows) {
    const record = Object.fromEntries(columns.map((name, index) => [name, cells[index]] as const).toReversed());
    const picked = await createPicker(options, { names: true }).pick('read', record);
    expect(createPicker(options, { names: true, columns }).pick('read', cells)).toEqual(picked);
  }
});

test('what names more than columns is picked from records', () => {
  const columns = ['Date', 'Pages'];
  expect(namesColumns({ value: 'Pages * 2', date: 'Date' }, columns)).toBe(false);
  expect(namesColumns({ value: 'Pages', date: 'Day' }, columns)).toBe(false);
  expect(namesColumns({ value: 'Pages', unit: 'kWh' }, columns)).toBe(false);
  expect(namesColumns({ date: 'Date' }, columns)).toBe(false);
});
