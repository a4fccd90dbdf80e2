import {
  AttributeDays,
  Changes,
  Journal,
  KeyValues,
  Ledger,
  Outbox,
  Problems,
  RequestLog,
  Store,
  Tokens,
} from '@dayfold/runtime';
import { ContainerModule } from 'inversify';

/** The ports of an open store under their names; whoever opened it closes it. */
export function storeSqliteModule(store: Store): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(Store).toConstantValue(store);
    bind(Journal).toConstantValue(store.journal);
    bind(AttributeDays).toConstantValue(store.attributeDays);
    bind(Outbox).toConstantValue(store.outbox);
    bind(Ledger).toConstantValue(store.ledger);
    bind(Tokens).toConstantValue(store.tokens);
    bind(RequestLog).toConstantValue(store.requestLog);
    bind(Problems).toConstantValue(store.problems);
    bind(Changes).toConstantValue(store.changes);
    bind(KeyValues).toConstantValue(store.keyValues);
  });
}
