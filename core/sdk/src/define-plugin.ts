import type { z } from 'zod';
import type { Reading } from './reading.ts';
import type { ServiceToken } from './services.ts';

type Services<Tokens extends readonly ServiceToken<unknown>[]> = {
  readonly [Index in keyof Tokens]: Tokens[Index] extends ServiceToken<infer Service> ? Service : never;
};

/** One configured source, from start to stop. */
export interface Source {
  /** Begins to observe; resolves when it runs. May throw: the host tries again and shows why. */
  start(signal: AbortSignal): Promise<void> | void;
  /** Finishes what is in hand after the signal aborted; bounded in time by the host. */
  stop?(): Promise<void> | void;
  /** Emits the history between two instants (milliseconds since 1970). */
  backfill?(from: number, to: number, signal: AbortSignal): Promise<void>;
  /** Connects, returns up to five real samples and leaves. */
  probe?(signal: AbortSignal): Promise<readonly Sample[]>;
  /**
   * Hands every message that comes in to `record`, in order, and awaits it, beside a running source and without touching
   * what that one keeps. Resolves when the signal aborts; rejects when it cannot connect, when the connection is lost
   * or when `record` fails, and may be called again then.
   */
  capture?(signal: AbortSignal, record: (message: CapturedMessage) => Promise<void> | void): Promise<void>;
  /** For finite input: reads everything there is once and resolves (`run --once`). */
  once?(signal: AbortSignal): Promise<void>;
}

export interface Sample {
  readonly from: string;
  readonly text: string;
}

/**
 * A recorded message, as `replay` and `capture` keep it. The payload is text; bytes that are not UTF-8 stand in
 * `base64` instead, so that replaying gives what the message gave.
 */
export type CapturedMessage = {
  /** When it came, in milliseconds since 1970. */
  readonly time: number;
  readonly topic: string;
  /** Kept by a broker and maybe old. */
  readonly retained?: boolean;
} & (
  | { readonly payload: string; readonly base64?: undefined }
  | { readonly base64: string; readonly payload?: undefined }
);

export interface Plugin<Config = unknown> {
  readonly api: 1;
  readonly name: string;
  readonly config: z.ZodType<Config>;
  readonly inject: readonly ServiceToken<unknown>[];
  readonly source: (config: Config, ...services: unknown[]) => Source;
  /** Readings that a recorded message gives under this configuration; for `dayfold replay`. */
  readonly replay?: (config: Config, message: CapturedMessage) => Promise<readonly Reading[]>;
}

/** Describes a plugin; `inject` is a tuple of service tokens that `source` receives behind its configuration. */
export function definePlugin<
  Schema extends z.ZodType,
  const Tokens extends readonly ServiceToken<unknown>[] = readonly [],
>(plugin: {
  readonly name: string;
  readonly config: Schema;
  readonly inject?: Tokens;
  readonly source: (config: z.output<Schema>, ...services: Services<Tokens>) => Source;
  readonly replay?: (config: z.output<Schema>, message: CapturedMessage) => Promise<readonly Reading[]>;
}): Plugin<z.output<Schema>> {
  return {
    api: 1,
    inject: [],
    ...plugin,
  } as unknown as Plugin<z.output<Schema>>;
}
