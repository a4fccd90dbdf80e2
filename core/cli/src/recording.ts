import { ConfigInvalid } from '@dayfold/runtime';
import type { CapturedMessage } from '@dayfold/sdk';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const Message = z
  .object({
    time: z.union([z.number(), z.string()]),
    topic: z.string(),
    payload: z.union([z.string(), z.looseObject({}), z.array(z.unknown()), z.number(), z.boolean()]).optional(),
    base64: z.base64().optional(),
    retained: z.boolean().optional(),
    source: z.string().optional(),
  })
  .refine(({ payload, base64 }) => (payload === undefined) !== (base64 === undefined), {
    error: 'expected either "payload" or "base64"',
  });

export type RecordedMessage = CapturedMessage & { readonly source?: string };

/** A file of recorded messages, one JSON line each. */
export class Recording {
  readonly #file: string;
  readonly #stream;

  constructor(file: string) {
    this.#file = file;
    this.#stream = createReadStream(file);
  }

  /** Read so far. */
  get bytes(): number {
    return this.#stream.bytesRead;
  }

  /** In the order of the file; throws with the line of a message that is none. */
  async *messages(): AsyncGenerator<RecordedMessage> {
    let line = 0;
    for await (const text of createInterface({ input: this.#stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1;
      if (text.trim() !== '') yield messageOf(text, `${this.#file}:${line}`);
    }
  }
}

function messageOf(text: string, place: string): RecordedMessage {
  try {
    const { time, topic, payload, base64, retained, source } = Message.parse(JSON.parse(text));
    const at = typeof time === 'number' ? time : Date.parse(time);
    if (Number.isNaN(at)) throw new Error(`"${time}" is not a time`);
    return {
      time: at,
      topic,
      ...(base64 === undefined
        ? { payload: typeof payload === 'string' ? payload : JSON.stringify(payload) }
        : { base64 }),
      ...(retained === undefined ? {} : { retained }),
      ...(source === undefined ? {} : { source }),
    };
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new ConfigInvalid(
      `${place}: expected a line such as {"time": 1767225600000, "topic": "…", "payload": "…"}: ${reason.slice(0, 200)}`,
      { cause: error },
    );
  }
}
