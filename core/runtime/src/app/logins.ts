import { ConfigInvalid } from '../kernel/errors.ts';
import type { Store } from '../store/store.ts';
import type { ConnectFlow } from '../writing/connect.ts';
import type { WriteCoordinator } from '../writing/write-coordinator.ts';
import type { Configured } from './configured.ts';
import type { ConnectReport, LoginReport } from './engine.ts';

export interface LoginParts {
  readonly store: Store;
  readonly coordinator: WriteCoordinator;
  readonly connect: ConnectFlow;
}

/** The logins of the accounts: how one comes about, whether Exist takes it, how it is forgotten. */
export class Logins {
  readonly #configured: Configured;
  readonly #parts: LoginParts;

  constructor(configured: Configured, parts: LoginParts) {
    this.#configured = configured;
    this.#parts = parts;
  }

  async begin(account: string): Promise<{ readonly url: string }> {
    const { exist, client, attributes } = this.#configured.existOf(account);
    return {
      url: (await this.#parts.connect.begin({ account, client, redirectUri: exist.redirectUri, attributes })).url,
    };
  }

  async finish(account: string | undefined, answer: string): Promise<ConnectReport> {
    const exist = this.#configured.exist;
    if (exist === undefined) throw new ConfigInvalid('there is no "exist:" in dayfold.yaml; nothing to connect to');
    const connected = await this.#parts.connect.finish({
      answer,
      account,
      accounts: exist.accounts,
      redirectUri: exist.redirectUri,
    });
    return await this.#connected(connected);
  }

  async acceptToken(account: string, text: string): Promise<ConnectReport> {
    this.#configured.existOf(account);
    await this.#parts.connect.acceptToken(account, text);
    return await this.#connected(account);
  }

  async examine(account: string): Promise<LoginReport> {
    this.#configured.existOf(account);
    if ((await this.#parts.store.tokens.get(account)) === undefined) return { account, state: 'not connected' };
    const outcome = await this.#parts.coordinator.examine(account);
    switch (outcome.status) {
      case 'answered':
        return { account, state: 'accepted', timezone: outcome.profile.timezone };
      case 'unauthorised':
        return { account, state: 'refused' };
      case 'forbidden':
        return { account, state: 'unknown', message: 'Exist does not show the profile to this login' };
      case 'limited':
        return { account, state: 'unknown', message: 'the budget of requests is used up, or Exist asked to wait' };
      default:
        return { account, state: 'unknown', message: outcome.message };
    }
  }

  async forget(account: string): Promise<{ readonly message: string }> {
    // Also of an account that is no longer configured.
    if ((await this.#parts.store.tokens.get(account)) === undefined) {
      const [known] = this.#configured.chosen(account);
      throw new ConfigInvalid(`account ${known} is not logged in; there is nothing to forget`);
    }
    await this.#parts.coordinator.disconnect(account);
    return {
      message: `The login of account ${account} is forgotten; values and what waits are kept for the next one.`,
    };
  }

  async #connected(account: string): Promise<ConnectReport> {
    const { store, coordinator } = this.#parts;
    const token = await store.tokens.get(account);
    const { takeovers, unseen } = await coordinator.connected(account);
    return {
      account,
      ...(token?.username === undefined ? {} : { username: token.username }),
      scopes: token?.scopes ?? [],
      missingScopes: await coordinator.missingScopes(account),
      takeovers,
      unseen,
    };
  }
}
