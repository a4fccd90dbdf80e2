import { MemoryLedger, MemoryRequestLog, MemoryTokens } from './memory-accounts.ts';
import { MemoryAttributeDays } from './memory-attribute-days.ts';
import type { MemoryDays } from './memory-attribute-days.ts';
import { MemoryChanges } from './memory-changes.ts';
import { MemoryJournal } from './memory-journal.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { MemoryKeyValues, MemoryProblems } from './memory-problems.ts';
import { MemoryTouched } from './memory-touched.ts';
import type { Store } from './store.ts';

/** All ports in memory, gone with the process. Each call takes effect in one step, as a transaction would. */
export function createMemoryStore(): Store {
  const touched = new MemoryTouched();
  const days: MemoryDays = new Map();
  const keyValues = new MemoryKeyValues();
  const close = async (): Promise<void> => undefined;
  const ports = {
    outbox: new MemoryOutbox(days),
    ledger: new MemoryLedger(),
    tokens: new MemoryTokens(),
    requestLog: new MemoryRequestLog(),
    problems: new MemoryProblems(),
    keyValues,
  };
  return {
    ...ports,
    journal: new MemoryJournal(touched, keyValues),
    attributeDays: new MemoryAttributeDays(days, touched),
    changes: new MemoryChanges(ports),
    close,
    [Symbol.asyncDispose]: close,
  };
}
