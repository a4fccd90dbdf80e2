import type { Instant } from '../day/calendar.ts';
import type { Ledger, LedgerEntry, LoggedRequest, RequestLog, Token, Tokens } from './accounts.ts';
import { compare } from './memory-attribute-days.ts';

export class MemoryLedger implements Ledger {
  readonly #entries = new Map<string, LedgerEntry>();

  async entries(account: string): Promise<readonly LedgerEntry[]> {
    return [...this.#entries.values()]
      .filter((entry) => entry.account === account)
      .toSorted((left, right) => compare(left.attribute, right.attribute));
  }

  async put(entries: readonly LedgerEntry[]): Promise<void> {
    for (const entry of entries) this.#entries.set(JSON.stringify([entry.account, entry.attribute]), { ...entry });
  }

  async forget(account: string, attribute: string): Promise<void> {
    this.#entries.delete(JSON.stringify([account, attribute]));
  }
}

export class MemoryTokens implements Tokens {
  readonly #tokens = new Map<string, Token>();

  async get(account: string): Promise<Token | undefined> {
    return this.#tokens.get(account);
  }

  async put(token: Token): Promise<void> {
    this.#tokens.set(token.account, { ...token });
  }

  async forget(account: string): Promise<void> {
    this.#tokens.delete(account);
  }
}

export class MemoryRequestLog implements RequestLog {
  #requests: LoggedRequest[] = [];

  async append(request: LoggedRequest): Promise<void> {
    this.#requests.push({ ...request, ms: Math.round(request.ms) });
  }

  async since(account: string, from: Instant): Promise<readonly LoggedRequest[]> {
    return this.#requests.filter((request) => request.account === account && request.at >= from);
  }

  async prune(before: Instant): Promise<void> {
    this.#requests = this.#requests.filter(({ at }) => at >= before);
  }
}
