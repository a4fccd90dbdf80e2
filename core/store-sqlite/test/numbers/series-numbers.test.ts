import { ArrivedReading, KnownSeries } from '@dayfold/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { Database } from '../../src/database.ts';
import { migrate } from '../../src/migrations.ts';
import { SeriesNumbers } from '../../src/numbers/series-numbers.ts';

function emptyDatabase(): Database {
  const database = new Database(':memory:');
  onTestFinished(() => database.close());
  migrate(database);
  return database;
}

test('what a series keeps of a transaction that was undone is not believed', () => {
  const database = emptyDatabase();
  const numbers = new SeriesNumbers(database);
  const door = new ArrivedReading(new KnownSeries('home.door'), 1, 0, 0);
  const undone = (): void => {
    database.transaction(() => {
      expect(numbers.idFor(door)).toBe(1);
      throw new Error('the disk is full');
    });
  };
  expect(undone).toThrow('the disk is full');

  database.transaction(() => {
    expect(numbers.idOf('home.window')).toBe(1);
    expect([numbers.idFor(door), numbers.idFor(door)]).toEqual([2, 2]);
  });

  expect([numbers.nameOf(1), numbers.nameOf(2), numbers.sourceOf(2)]).toEqual(['home.window', 'home.door', 'home']);
});

test('a series keeps its number for one store, and is not believed in another', () => {
  const [first, second] = [new SeriesNumbers(emptyDatabase()), new SeriesNumbers(emptyDatabase())];
  const reading = new ArrivedReading(new KnownSeries('home.door'), 1, 0, 0);
  second.idOf('home.window');

  expect([first.idFor(reading), second.idFor(reading), first.idFor(reading)]).toEqual([1, 2, 1]);
});
