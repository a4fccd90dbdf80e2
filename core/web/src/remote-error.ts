import { DayfoldError } from '@dayfold/runtime';
import { z } from 'zod';

/** An error of the running daemon, with the code it had there: the exit status of a command follows from it. */
export class RemoteError extends DayfoldError {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export const ErrorAnswer = z.object({ error: z.string(), code: z.string() });
export type ErrorAnswer = z.infer<typeof ErrorAnswer>;
