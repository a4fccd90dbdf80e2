import type { Store } from '@dayfold/runtime';
import { attributeDaysContract } from './attribute-days-contract.ts';
import { changesContract } from './changes-contract.ts';
import { journalContract } from './journal-contract.ts';
import { keyValuesContract } from './key-values-contract.ts';
import { ledgerContract } from './ledger-contract.ts';
import { mirrorContract } from './mirror-contract.ts';
import { outboxContract } from './outbox-contract.ts';
import { problemsContract } from './problems-contract.ts';
import { requestLogContract } from './request-log-contract.ts';
import { tokensContract } from './tokens-contract.ts';

/** Every port of a store. `open` gives an empty one each time. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  journalContract(name, open);
  mirrorContract(name, open);
  attributeDaysContract(name, open);
  outboxContract(name, open);
  changesContract(name, open);
  ledgerContract(name, open);
  tokensContract(name, open);
  requestLogContract(name, open);
  problemsContract(name, open);
  keyValuesContract(name, open);
}
