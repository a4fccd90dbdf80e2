export interface TwinCounters {
  /** Requests that reached the API or the token endpoint, by endpoint. */
  readonly requests: Readonly<Record<string, number>>;
  /** Successful acquires by attribute name. */
  readonly acquires: Readonly<Record<string, number>>;
  readonly creates: Readonly<Record<string, number>>;
  readonly tokenCalls: number;
  /** Successful refreshes. */
  readonly refreshes: number;
  /** Update items equal to what a client had stored before. */
  readonly unchangedItems: number;
  /** Items that named an attribute-day a second time in one call. */
  readonly duplicateItems: number;
  /** Update calls that would have fitted into the call of the same token before it, less than a minute earlier. */
  readonly mergeableCalls: number;
  /** Groups of update calls that began less than 59 minutes after the group before began. */
  readonly periodicSyncsWithinAnHour: number;
  readonly rateLimited: number;
  /** Most requests of one token in any 60 minutes. */
  readonly busiestHour: number;
}

export const BATCH_LIMIT = 35;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A sync may come a little early without being a second one in the hour. */
const SYNC_TOLERANCE_MS = MINUTE_MS;

interface UpdateTrail {
  lastAt: number;
  lastItems: number;
  syncBeganAt: number;
}

/** Counts the five manners that Exist asks of its clients. */
export class Counters {
  readonly #requests = new Map<string, number>();
  readonly #acquires = new Map<string, number>();
  readonly #creates = new Map<string, number>();
  readonly #trails = new Map<string, UpdateTrail>();
  tokenCalls = 0;
  refreshes = 0;
  unchangedItems = 0;
  duplicateItems = 0;
  rateLimited = 0;
  busiestHour = 0;
  #mergeableCalls = 0;
  #syncsWithinAnHour = 0;

  request(endpoint: string): void {
    add(this.#requests, endpoint);
  }

  acquired(name: string): void {
    add(this.#acquires, name);
  }

  created(name: string): void {
    add(this.#creates, name);
  }

  /** A call that a fault spoiled is not counted: sending it again is right. */
  updated(token: string, items: number, now: number): void {
    const trail = this.#trails.get(token);
    if (trail === undefined || now - trail.lastAt >= MINUTE_MS) {
      if (trail !== undefined && now - trail.syncBeganAt < HOUR_MS - SYNC_TOLERANCE_MS) this.#syncsWithinAnHour += 1;
      this.#trails.set(token, { lastAt: now, lastItems: items, syncBeganAt: now });
      return;
    }
    if (trail.lastItems + items <= BATCH_LIMIT) this.#mergeableCalls += 1;
    trail.lastAt = now;
    trail.lastItems = items;
  }

  snapshot(): TwinCounters {
    return {
      requests: Object.fromEntries(this.#requests),
      acquires: Object.fromEntries(this.#acquires),
      creates: Object.fromEntries(this.#creates),
      tokenCalls: this.tokenCalls,
      refreshes: this.refreshes,
      unchangedItems: this.unchangedItems,
      duplicateItems: this.duplicateItems,
      mergeableCalls: this.#mergeableCalls,
      periodicSyncsWithinAnHour: this.#syncsWithinAnHour,
      rateLimited: this.rateLimited,
      busiestHour: this.busiestHour,
    };
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
