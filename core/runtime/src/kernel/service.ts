import { token } from './token.ts';

/** Something the daemon runs from start to stop. */
export interface Service {
  readonly name: string;
  /** Opens resources; resolves when ready to work. */
  start(signal: AbortSignal): Promise<void>;
  /** Finishes what is in hand and closes everything `start` opened. Safe to call twice. */
  stop(): Promise<void>;
}
export const Service = token<Service>('Service');
