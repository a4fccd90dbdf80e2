import { DayfoldError } from '../kernel/errors.ts';

/** The plugin itself is at fault: neither time nor the configuration helps. */
export class PluginBroken extends DayfoldError {
  readonly code = 'plugin.broken';
}

export interface PluginFault {
  /** Undefined: the error says nothing of its kind. */
  readonly code: string | undefined;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

/** What a plugin threw, whatever it is. Told by its fields: the error may come from another copy of the SDK. */
export function faultOf(thrown: unknown): PluginFault {
  try {
    const { code, message, retryAfterMs, cause } = (thrown ?? {}) as Readonly<Record<string, unknown>>;
    const inner = (cause ?? {}) as Readonly<Record<string, unknown>>;
    return {
      code: [code, inner['code']].find((each) => typeof each === 'string'),
      message: typeof message === 'string' && message !== '' ? message : `it threw ${String(thrown)}`,
      retryAfterMs: typeof retryAfterMs === 'number' && Number.isFinite(retryAfterMs) ? retryAfterMs : undefined,
    };
  } catch {
    return { code: undefined, message: 'it threw something that cannot be read', retryAfterMs: undefined };
  }
}
