export { openMemoryStore, openSqliteStore } from './open-sqlite-store.ts';
