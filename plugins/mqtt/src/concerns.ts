import type { Health } from '@dayfold/sdk';

/** What is wrong, by kind: the gravest is shown, and only a change is told. */
const KINDS = ['login', 'storing', 'taken over', 'lost', 'subscription', 'gap', 'silent', 'dropped'] as const;
export type Concern = (typeof KINDS)[number];

export class Concerns {
  readonly #health: Health;
  readonly #open = new Map<Concern, string>();
  #shown: string | undefined;

  constructor(health: Health) {
    this.#health = health;
  }

  raise(kind: Concern, message: string): void {
    this.#open.set(kind, message);
    this.#show();
  }

  settle(...kinds: readonly Concern[]): void {
    const before = this.#open.size;
    for (const kind of kinds) this.#open.delete(kind);
    if (this.#open.size !== before) this.#show();
  }

  has(kind: Concern): boolean {
    return this.#open.has(kind);
  }

  #show(): void {
    const gravest = KINDS.find((kind) => this.#open.has(kind));
    const message = gravest === undefined ? undefined : this.#open.get(gravest);
    if (message === this.#shown) return;
    this.#shown = message;
    if (message === undefined) this.#health.ok();
    else this.#health.degraded(message);
  }
}
