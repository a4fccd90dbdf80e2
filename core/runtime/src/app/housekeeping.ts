import type { Logger } from '@dayfold/sdk';
import type { Configuration } from '../config/configuration.ts';
import type { Clock } from '../day/clock.ts';
import { ClockWatch } from '../day/clock-watch.ts';
import type { JournalKeeper } from '../intake/journal-keeper.ts';
import type { Store } from '../store/store.ts';

type JournalOptions = Configuration['journal'];

/** Removes what is old. While the clock of this host is in doubt nothing is: one that is years ahead makes everything old. */
export class Housekeeping {
  readonly #store: Store;
  readonly #keeper: Pick<JournalKeeper, 'prune'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #watch: ClockWatch;

  private constructor(
    store: Store,
    keeper: Pick<JournalKeeper, 'prune'>,
    { clock, log }: { readonly clock: Clock; readonly log: Logger },
    watch: ClockWatch,
  ) {
    this.#store = store;
    this.#keeper = keeper;
    this.#clock = clock;
    this.#log = log;
    this.#watch = watch;
  }

  /** Before sources start: the clock is compared with the newest reading of an earlier life. */
  static async open(
    store: Store,
    keeper: Pick<JournalKeeper, 'prune'>,
    parts: { readonly clock: Clock; readonly log: Logger },
    { keepMs }: JournalOptions,
  ): Promise<Housekeeping> {
    const newest = await store.journal.lastReceived();
    return new Housekeeping(store, keeper, parts, new ClockWatch(parts.clock, newest, keepMs / 4));
  }

  /** Call it once an hour. `refresh` folds what was touched: readings may go after that. */
  async keep(journal: JournalOptions, refresh: () => Promise<void>): Promise<void> {
    const isSteady = this.#watch.isSteady();
    if (!this.#clock.trusted()) return;
    const before = this.#clock.now() - journal.keepMs;
    await refresh();
    if (!isSteady || (await this.#clockDiffers())) {
      this.#log.warn('nothing old is removed while the clock of this host is in doubt; check its time service');
      return;
    }
    const { removed, news } = await this.#keeper.prune(journal);
    if (news !== undefined) this.#log.warn(news);
    await this.#store.requestLog.prune(before);
    await this.#store.outbox.pruneSent(before);
    if (removed > 0) this.#log.debug(`removed ${removed} raw readings`);
  }

  /** From the clock of Exist. */
  async #clockDiffers(): Promise<boolean> {
    return (await this.#store.problems.list()).some(({ code }) => code === 'clock.differs');
  }
}
