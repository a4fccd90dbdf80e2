/** The database, in the data folder. */
export const DATABASE_FILE = 'dayfold.db';
/** Stands beside the database while it is open: found at the start, the last stop was not a clean one. */
export const OPEN_MARK = 'open';
/** What is kept beside a database: two files by SQLite, and the tail. */
export const COMPANIONS = ['-shm', '-wal', '-tail'] as const;

/** Beside a database, the readings that came last and are not in it yet; named so that whoever copies the database's files has it too. */
export function tailOf(database: string): string {
  return `${database}-tail`;
}
