import { ArrivedReading } from '@dayfold/runtime';
import type { JournalReading } from '@dayfold/runtime';
import type { Database } from '../database.ts';

export interface Series {
  readonly id: number;
  readonly name: string;
  readonly source: string;
}

/** Series are stored once and named by number in the journal. */
export class SeriesNumbers {
  readonly #database: Database;
  readonly #byName = new Map<string, Series>();
  readonly #byId = new Map<number, Series>();
  /** Of the numbers given. */
  #edition = {};

  constructor(database: Database) {
    this.#database = database;
    // The numbers given to new series are gone from the disk then.
    database.onRollback(() => {
      this.#byName.clear();
      this.#byId.clear();
      this.#edition = {};
    });
  }

  /** Gives a new series its number; inside a transaction. */
  idOf(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known.id;
    this.#database.run('INSERT OR IGNORE INTO series (name, source) VALUES (?, ?)', name, sourceOf(name));
    return this.knownId(name);
  }

  /** As `idOf`; of a reading that arrives without a look-up, where one came before it. */
  idFor(reading: JournalReading): number {
    const known = ArrivedReading.seriesOf(reading);
    if (known === undefined) return this.idOf(reading.series);
    if (known.store !== this.#edition) {
      known.number = this.idOf(known.name);
      known.store = this.#edition;
    }
    return known.number;
  }

  /** As `knownId`, of a reading. */
  knownFor(reading: JournalReading): number {
    const known = ArrivedReading.seriesOf(reading);
    if (known === undefined) return this.knownId(reading.series);
    return known.store === this.#edition ? known.number : this.knownId(known.name);
  }

  /** Of a series that was never stored: a number no row has, so that asking writes nothing. */
  knownId(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known.id;
    const id = this.#database.get('SELECT id FROM series WHERE name = ?', name)?.['id'];
    return id === undefined ? -1 : this.#remembered(Number(id), name).id;
  }

  nameOf(id: number): string {
    return this.#numbered(id).name;
  }

  sourceOf(id: number): string {
    return this.#numbered(id).source;
  }

  #numbered(id: number): Series {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    return this.#remembered(id, String(this.#database.get('SELECT name FROM series WHERE id = ?', id)?.['name']));
  }

  #remembered(id: number, name: string): Series {
    const series = { id, name, source: sourceOf(name) };
    this.#byName.set(name, series);
    this.#byId.set(id, series);
    return series;
  }
}

/** `home.door` is a series of the source `home`. */
export function sourceOf(series: string): string {
  return series.slice(0, series.indexOf('.'));
}
