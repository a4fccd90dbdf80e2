import { ConfigInvalid } from '@dayfold/sdk';
import type { Inbound, InboundRequest, InboundResponse } from '@dayfold/sdk';

type Answer = (request: InboundRequest) => Promise<InboundResponse>;

/** Who answers `/in/NAME` on the web address. */
export class InboundRoutes implements Inbound {
  readonly #answers = new Map<string, Answer>();

  listen(name: string, signal: AbortSignal, answer: Answer): void {
    if (signal.aborted) return;
    if (this.#answers.has(name)) throw new ConfigInvalid(`another source listens on /in/${name}; choose another name`);
    this.#answers.set(name, answer);
    signal.addEventListener('abort', () => this.#answers.delete(name), { once: true });
  }

  answerOf(name: string): Answer | undefined {
    return this.#answers.get(name);
  }
}
