import type { Health, Logger } from '../services.ts';

/** Remembers what a source said about itself. */
export class RecordedHealth implements Health {
  state: 'ok' | 'degraded' = 'ok';
  message: string | undefined;
  readonly history: { readonly state: 'ok' | 'degraded'; readonly message: string | undefined }[] = [];
  readonly misfits: { readonly reason: string; readonly sample: string }[] = [];

  ok(message?: string): void {
    this.#say('ok', message);
  }

  degraded(message: string): void {
    this.#say('degraded', message);
  }

  misfit(reason: string, sample: string): void {
    this.misfits.push({ reason, sample });
  }

  #say(state: 'ok' | 'degraded', message: string | undefined): void {
    this.state = state;
    this.message = message;
    this.history.push({ state, message });
  }
}

export class RecordedLogger implements Logger {
  readonly lines: {
    readonly level: string;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>> | undefined;
  }[] = [];

  debug(message: string, details?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'debug', message, details });
  }

  info(message: string, details?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'info', message, details });
  }

  warn(message: string, details?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'warn', message, details });
  }

  error(message: string, details?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'error', message, details });
  }
}
