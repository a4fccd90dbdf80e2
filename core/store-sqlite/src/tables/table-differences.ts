import type { Database } from '../database.ts';

type Cell = number | string | null;
type Row = Readonly<Record<(typeof CONTENT)[number], Cell>> & { readonly key: number };

/** By it rows are told apart; rows with an id by that alone. */
const CONTENT = ['series', 'id', 'at', 'start', 'date', 'value', 'unit', 'flags'] as const;
const NAME = ['series', 'id'] as const;

export type Difference =
  /** A staged row, by its place, that is stored as it is. */
  | { readonly kind: 'unchanged'; readonly place: number }
  /** A stored row, by its number, that is not staged. */
  | { readonly kind: 'gone'; readonly seq: number }
  /** A stored row whose id is staged with something else. */
  | { readonly kind: 'replaced'; readonly seq: number };

/**
 * What is stored of a table against what is staged of it, both walked through in one order: memory stays flat, and of equal
 * rows as many are unchanged as there are on both sides. Rows already walked through may be removed meanwhile: both walks are
 * sorted aside.
 */
export function* differences(database: Database, table: number): Generator<Difference> {
  using stored = new Walk(database, 'journal', 'seq', table);
  // Of a new table there is nothing to sort.
  if (stored.row === undefined) return;
  using staged = new Walk(database, 'staged', 'place', table);
  while (stored.row !== undefined) {
    const order = staged.row === undefined ? -1 : compare(stored.row, staged.row);
    if (order === 0 && staged.row !== undefined) {
      const isSame = CONTENT.every((column) => stored.row?.[column] === staged.row?.[column]);
      yield isSame ? { kind: 'unchanged', place: staged.row.key } : { kind: 'replaced', seq: stored.row.key };
    } else if (order < 0) yield { kind: 'gone', seq: stored.row.key };
    if (order <= 0) stored.next();
    if (order >= 0) staged.next();
  }
}

/** The rows of a table, one by one in the order of their content. */
class Walk implements Disposable {
  row: Row | undefined;
  readonly #rows: Generator<Record<string, unknown>>;

  constructor(database: Database, from: string, key: string, table: number) {
    const columns = CONTENT.join(', ');
    this.#rows = database.iterate(
      `SELECT ${key} AS key, ${columns} FROM ${from} WHERE origin = ? ORDER BY ${columns}`,
      table,
    );
    this.next();
  }

  next(): void {
    this.row = this.#rows.next().value as Row | undefined;
  }

  [Symbol.dispose](): void {
    this.#rows.return(undefined);
  }
}

function compare(left: Row, right: Row): number {
  const isNamed = left.id !== null && left.id === right.id;
  for (const column of isNamed ? NAME : CONTENT) {
    const order = compareCells(left[column], right[column]);
    if (order !== 0) return order;
  }
  return 0;
}

/** SQLite's order: nothing, numbers, text by its bytes. */
function compareCells(left: Cell, right: Cell): number {
  if (left === right) return 0;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return rankOf(left) - rankOf(right);
}

function rankOf(cell: Cell): number {
  return cell === null ? 0 : typeof cell === 'number' ? 1 : 2;
}
