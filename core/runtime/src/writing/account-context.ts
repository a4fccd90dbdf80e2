import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Change } from '../store/changes.ts';
import { AccountMemory } from './account-memory.ts';
import { ExistCalls } from './exist-calls.ts';
import { TokenKeeper } from './token-keeper.ts';
import type { WritingParts, WritingSettings } from './writing-parts.ts';

/** What the parts that write for one account share. */
export class AccountContext {
  readonly account: string;
  readonly parts: WritingParts;
  readonly memory: AccountMemory;
  readonly calls: ExistCalls;
  readonly keeper: TokenKeeper;
  readonly #settings: () => WritingSettings;

  constructor(account: string, parts: WritingParts, settings: () => WritingSettings) {
    const { store, clock, gateway, random } = parts;
    this.account = account;
    this.parts = parts;
    this.#settings = settings;
    this.memory = new AccountMemory(store.keyValues, account);
    this.calls = new ExistCalls({ account, store, clock, memory: this.memory, random });
    this.keeper = new TokenKeeper({
      account,
      tokens: store.tokens,
      changes: store.changes,
      gateway,
      clock,
      client: () => settings().exist?.accounts.find(({ name }) => name === account),
      recorded: async (endpoint, call, changesOf) => await this.calls.record(endpoint, 0, call, changesOf),
    });
  }

  get attributes(): readonly AttributeConfiguration[] {
    return this.#settings().attributes.filter((attribute) => attribute.account === this.account);
  }

  get settings(): WritingSettings {
    return this.#settings();
  }

  attribute(name: string): AttributeConfiguration | undefined {
    return this.attributes.find((attribute) => attribute.name === name);
  }

  /** Exist turned groups away: a scope is missing, whatever the token said. */
  async denial(groups: readonly string[]): Promise<readonly Change[]> {
    if (groups.length === 0) return [];
    const { deniedGroups = [] } = await this.memory.read();
    return [await this.memory.change({ deniedGroups: [...new Set([...deniedGroups, ...groups])] })];
  }
}
