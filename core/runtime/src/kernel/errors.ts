/** Says by its class whose turn it is to act, and by its code which thing happened. */
export abstract class DayfoldError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The person running dayfold must change the configuration. */
export class ConfigInvalid extends DayfoldError {
  readonly code: string = 'config.invalid';
}

/** The person must log in at Exist again. */
export class LoginRequired extends DayfoldError {
  readonly code: string = 'exist.login_required';
}

/** Time helps: the caller tries again. */
export class NotReady extends DayfoldError {
  readonly code: string = 'not_ready';
}

/** The data folder cannot be used as it is: held by another daemon, damaged, of a newer version, full. */
export class StoreUnusable extends DayfoldError {
  readonly code: string;

  constructor(
    code: 'store.locked' | 'store.damaged' | 'store.newer' | 'store.full' | 'store.readonly',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
  }
}

/** The store takes nothing for now: room, rights or another process may change that without a restart. */
export function isPassing(error: unknown): boolean {
  const { code } = error as Partial<StoreUnusable>;
  return code === 'store.full' || code === 'store.readonly' || code === 'store.locked';
}

/** An attribute-day has more readings than memory takes. */
export class DayTooLarge extends DayfoldError {
  readonly code: string = 'day.too_large';
}

/** A mistake in dayfold itself. */
export class InvariantBroken extends DayfoldError {
  readonly code: string = 'invariant.broken';
}
