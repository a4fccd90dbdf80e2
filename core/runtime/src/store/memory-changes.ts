import type { Change, Changes } from './changes.ts';
import type { Store } from './store.ts';

/** The ports that a change can go to. */
export type ChangedPorts = Pick<Store, 'outbox' | 'ledger' | 'tokens' | 'requestLog' | 'problems' | 'keyValues'>;

/** For ports whose methods take effect before they return, and cannot fail: what could is tried before the first change. */
export class MemoryChanges implements Changes {
  readonly #ports: ChangedPorts;

  constructor(ports: ChangedPorts) {
    this.#ports = ports;
  }

  async together(changes: readonly Change[]): Promise<void> {
    for (const change of changes) JSON.stringify(change);
    await Promise.all(changes.map((change) => this.#apply(change)));
  }

  #apply(change: Change): Promise<unknown> {
    const { outbox, ledger, tokens, requestLog, problems, keyValues } = this.#ports;
    switch (change.kind) {
      case 'request':
        return requestLog.append(change.request);
      case 'sent':
        return outbox.log(change.account, change.items);
      case 'confirm':
        return outbox.confirm(change.account, change.items, change.now);
      case 'refuse':
        return outbox.refuse(change.account, change.item, change.reason, change.now);
      case 'increment':
        return outbox.settleIncrement(change.id, change.outcome, change.now);
      case 'ledger':
        return ledger.put(change.entries);
      case 'token':
        return tokens.put(change.token);
      case 'raise':
        return problems.raise(change.problem);
      case 'clear':
        return problems.clear(change.code, change.subject);
      case 'keep':
        return keyValues.set(change.scope, change.key, change.value);
    }
  }
}
