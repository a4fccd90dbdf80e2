export const FAULT_KINDS = [
  'html504AfterApply',
  'html502',
  '500',
  '429',
  '429-retry-after',
  '401',
  '403',
  'html403',
  '400',
  'drop-before',
  'drop-after-apply',
  'hang-before',
  'hang',
  'slow',
  'wrong-json',
  'truncated',
  '202-mixed',
  'omit-item',
  'permuted',
  'title-for-name',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

interface Planned {
  readonly kind: FaultKind;
  readonly onEndpoint: string | undefined;
  left: number;
}

/** Faults wait in line; the oldest that fits an endpoint strikes first. */
export class Faults {
  readonly #planned: Planned[] = [];
  #struck = Promise.withResolvers<void>();

  /** Spoils the next `n` requests, or only those to one endpoint (`update`, `owned`, `token` …). */
  next(n: number, kind: FaultKind, onEndpoint?: string): void {
    if (n > 0) this.#planned.push({ kind, onEndpoint, left: n });
  }

  /** Resolves when all that was planned until now has struck. */
  async struck(): Promise<void> {
    if (this.pending() > 0) await this.#struck.promise;
  }

  clear(): void {
    this.#planned.length = 0;
  }

  /** How many requests are still to be spoiled. */
  pending(): number {
    return this.#planned.reduce((sum, one) => sum + one.left, 0);
  }

  take(endpoint: string): FaultKind | undefined {
    const index = this.#planned.findIndex((one) => one.onEndpoint === undefined || one.onEndpoint === endpoint);
    const planned = this.#planned[index];
    if (planned === undefined) return undefined;
    planned.left -= 1;
    if (planned.left === 0) this.#planned.splice(index, 1);
    if (this.#planned.length === 0) {
      this.#struck.resolve();
      this.#struck = Promise.withResolvers<void>();
    }
    return planned.kind;
  }
}
