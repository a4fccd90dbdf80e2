/** The database, in the data folder. */
export const DATABASE_FILE = 'dayfold.db';
/** Stands beside the database while it is open: found at the start, the last stop was not a clean one. */
export const OPEN_MARK = 'open';
/** What SQLite keeps beside a database. */
export const COMPANIONS = ['-shm', '-wal'] as const;
