import { StoreUnusable } from '@dayfold/runtime';
import process from 'node:process';

/** Where a call of a port ends badly: `journal.commit`, `gateway.update`. */
export interface Failpoint {
  readonly method: string;
  readonly when: 'before' | 'after';
  /** Only calls whose arguments, as JSON, say this. */
  readonly about?: string;
  /** Counted from 1, since it was armed. */
  readonly nth: number;
  /** The process ends as by `kill -9`; or this many calls are refused as by the disk. */
  readonly act: { readonly kill: true } | { readonly refuse: 'store.full' | 'store.readonly'; readonly times: number };
}

/** Failpoints around ports, so that production code knows nothing of them. */
export class Failpoints {
  #armed: { readonly point: Failpoint; calls: number } | undefined;
  #struck = 0;

  /** How often the failpoint armed last has struck. */
  get struck(): number {
    return this.#struck;
  }

  arm(point: Failpoint | undefined): void {
    this.#armed = point === undefined ? undefined : { point, calls: 0 };
    this.#struck = 0;
  }

  /** The port, with each of its methods watched under `name.method`. */
  around<Port extends object>(name: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, key) => {
        const member = Reflect.get(target, key, target) as unknown;
        if (typeof member !== 'function') return member;
        return (...values: unknown[]) =>
          this.#watched(`${name}.${String(key)}`, values, () => member.apply(target, values));
      },
    });
  }

  #watched(method: string, values: readonly unknown[], call: () => unknown): unknown {
    const armed = this.#armed;
    if (armed === undefined || armed.point.method !== method) return call();
    if (armed.point.about !== undefined && !JSON.stringify(values).includes(armed.point.about)) return call();
    armed.calls += 1;
    const { nth, when, act } = armed.point;
    const times = 'times' in act ? act.times : 1;
    if (armed.calls < nth || armed.calls >= nth + times) return call();
    if (when === 'before') {
      const refusal = this.#strike(act);
      return refusal === undefined ? call() : Promise.reject(refusal);
    }
    return Promise.resolve(call()).then((result) => {
      this.#strike(act);
      return result;
    });
  }

  #strike(act: Failpoint['act']): Error | undefined {
    this.#struck += 1;
    if ('refuse' in act) return new StoreUnusable(act.refuse, `refused on demand: ${act.refuse}`);
    process.kill(process.pid, 'SIGKILL');
    // The signal is on its way; nothing of the caller may run until it is here.
    for (;;);
  }
}
