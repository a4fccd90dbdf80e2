import { daysSince1970 } from '@dayfold/runtime';
import type { LocalDay } from '@dayfold/runtime';
import type { Database } from '../database.ts';
import { dateAt } from './dates.ts';

/** More than there are days up to the year 9999. */
const DAYS = 2 ** 22;
const DAY_MS = 24 * 3_600_000;
/** From the year 0 to 1970. */
const BEFORE_1970 = 719_528;

/**
 * Attribute-days are kept under one number each, made of that of the attribute and that of the day: the days of an attribute
 * lie together and in order, and a year of them is written in one place.
 */
export class DayNumbers {
  readonly #database: Database;
  readonly #attributes = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
    // The numbers given to new attributes are gone from the disk then.
    database.onRollback(() => this.#attributes.clear());
  }

  /** Gives a new attribute its number; inside a transaction. */
  of(attribute: string, date: LocalDay): number {
    return this.startOf(attribute) + dayNumberOf(date);
  }

  /** To which the number of a day is added, as `of` does. */
  startOf(attribute: string): number {
    if (this.#numberOf(attribute) === undefined)
      this.#database.run('INSERT INTO attribute (name) VALUES (?)', attribute);
    return this.#firstOf(attribute);
  }

  /** Of an attribute that has no day yet: a number no row has. */
  known(attribute: string, date: LocalDay): number {
    return this.#firstOf(attribute) + dayNumberOf(date);
  }

  /** The first and the last number of these days; without bounds of all. */
  range(attribute: string, from?: LocalDay, to?: LocalDay): readonly [first: number, last: number] {
    const first = this.#firstOf(attribute);
    return [first + firstOf(from), first + lastOf(to)];
  }

  #firstOf(attribute: string): number {
    return (this.#numberOf(attribute) ?? -1) * DAYS;
  }

  #numberOf(attribute: string): number | undefined {
    let number = this.#attributes.get(attribute);
    if (number === undefined) {
      const row = this.#database.get('SELECT id FROM attribute WHERE name = ?', attribute);
      if (row === undefined) return undefined;
      this.#attributes.set(attribute, (number = Number(row['id'])));
    }
    return number;
  }
}

/** Of the number of an attribute-day. */
export function dateOf(number: number): LocalDay {
  return dateAt(((number % DAYS) - BEFORE_1970) * DAY_MS) as LocalDay;
}

/** Of the number of an attribute-day: that of its attribute. */
export function attributeIn(number: number): number {
  return Math.floor(number / DAYS);
}

/** For a statement with attribute-days: the number of the day, which is in the order of the dates. */
export const DAY = `attribute_day.id % ${DAYS}`;

/** For a statement with attribute-days and attributes. */
export const IS_OF_ATTRIBUTE = `attribute.id = attribute_day.id / ${DAYS}`;
export const JOIN_ATTRIBUTE = `JOIN attribute ON ${IS_OF_ATTRIBUTE}`;

/** For a statement by itself, of two values: the name of the attribute and the number of the day. */
export const IS_DAY = `id = (SELECT id FROM attribute WHERE name = ?) * ${DAYS} + ?`;

/** For a statement over all attributes, `attribute` among them, of two values: the first and the last day. */
export const IN_RANGE = `attribute_day.id BETWEEN attribute.id * ${DAYS} + ? AND attribute.id * ${DAYS} + ?`;

export function firstOf(from: LocalDay | undefined): number {
  return from === undefined ? 0 : dayNumberOf(from);
}

export function lastOf(to: LocalDay | undefined): number {
  return to === undefined ? DAYS - 1 : dayNumberOf(to);
}

/** Among the days of an attribute. */
export function dayNumberOf(date: LocalDay): number {
  return daysSince1970(date) + BEFORE_1970;
}
