/** Errors that steer the host. Across the package border they are told by `code`, never by `instanceof`. */
export abstract class PluginError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Time will help: the host tries again with backoff and jitter, and never gives up. */
export class NotReady extends PluginError {
  readonly code = 'plugin.not_ready';
  /** Do not try again sooner, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options?: ErrorOptions & { readonly retryAfterMs?: number }) {
    super(message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** The person must log in or mend credentials. */
export class LoginRequired extends PluginError {
  readonly code = 'plugin.login_required';
}

/** The person must change the configuration; trying again is useless. */
export class ConfigInvalid extends PluginError {
  readonly code = 'plugin.config_invalid';
}
