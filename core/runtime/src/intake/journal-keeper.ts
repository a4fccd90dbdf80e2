import type { Configuration } from '../config/configuration.ts';
import type { Calendar, LocalDay } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import { nextDay } from '../day/local-days.ts';
import type { Journal } from '../store/journal.ts';
import type { KeyValues, Problems } from '../store/problems.ts';
import type { AttributeIndex } from './attribute-index.ts';
import type { DayFolding } from './day-folding.ts';
import { pruneJournal } from './prune-journal.ts';

const FULL = { code: 'journal.full', subject: 'journal' };
const KEPT_FROM = 'journal_kept_from';
const CUT_UNTIL = 'journal_cut_until';
const MB = 1024 ** 2;

export interface Pruned {
  readonly removed: number;
  /** What the person is to know, when it is new. */
  readonly news: string | undefined;
}

/**
 * Keeps the journal within the time and the room it was given. Call it when all that was touched is folded.
 *
 * Readings older than `journal.keep` go. Where the store is larger than `journal.max_size` all the same, those of the oldest
 * days go before their time, day by day, until it fits; yesterday and today always stay, as does what the first kept day
 * starts from. The values of these days stay as they are, and so does what waits for Exist. From which day on readings are
 * whole is stored before any of them goes, and never taken from the clock: so no later start, no other `journal.keep` and no
 * clock that was wrong makes a day from what is left of it.
 */
export class JournalKeeper {
  readonly #journal: Journal;
  readonly #keyValues: KeyValues;
  readonly #problems: Problems;
  readonly #attributes: Pick<AttributeIndex, 'all'>;
  readonly #folding: Pick<DayFolding, 'keptFrom'>;
  readonly #calendar: Calendar;
  readonly #clock: Clock;
  /** Readings of earlier days were removed, for their age or for want of room. */
  #keptFrom: LocalDay | undefined;
  /** Readings of earlier days were removed for want of room. */
  #cutUntil: LocalDay | undefined;

  constructor(
    journal: Journal,
    keyValues: KeyValues,
    problems: Problems,
    attributes: Pick<AttributeIndex, 'all'>,
    folding: Pick<DayFolding, 'keptFrom'>,
    calendar: Calendar,
    clock: Clock,
  ) {
    this.#journal = journal;
    this.#keyValues = keyValues;
    this.#problems = problems;
    this.#attributes = attributes;
    this.#folding = folding;
    this.#calendar = calendar;
    this.#clock = clock;
  }

  /** What an earlier life removed; before anything is folded. */
  async restore(): Promise<void> {
    this.#keptFrom = (await this.#keyValues.get('dayfold', KEPT_FROM)) as LocalDay | undefined;
    this.#cutUntil = (await this.#keyValues.get('dayfold', CUT_UNTIL)) as LocalDay | undefined;
    this.#folding.keptFrom = this.#keptFrom;
  }

  async prune({ keepMs, maxBytes }: Pick<Configuration['journal'], 'keepMs' | 'maxBytes'>): Promise<Pruned> {
    const byAge = this.#calendar.dayOf(this.#clock.now() - keepMs);
    let removed = await this.#removeBefore(byAge);
    if (maxBytes !== undefined) removed += await this.#fit(maxBytes, byAge);
    return { removed, news: await this.#tell(maxBytes, byAge) };
  }

  async #fit(maxBytes: number, byAge: LocalDay): Promise<number> {
    const today = this.#calendar.dayOf(this.#clock.now());
    const yesterday = this.#calendar.dayOf(this.#calendar.bounds(today).start - 1);
    let removed = 0;
    while ((await this.#journal.size()) > maxBytes) {
      const oldest = await this.#oldestDay();
      if (oldest === undefined) break;
      const day = nextDay(
        [oldest, byAge, this.#cutUntil ?? oldest].reduce((latest, each) => (each > latest ? each : latest)),
      );
      if (day > yesterday) break;
      await this.#keyValues.set('dayfold', CUT_UNTIL, day);
      this.#cutUntil = day;
      removed += await this.#removeBefore(day);
    }
    return removed;
  }

  async #oldestDay(): Promise<LocalDay | undefined> {
    const oldest = await this.#journal.oldest();
    return oldest === undefined ? undefined : this.#calendar.dayOf(oldest);
  }

  async #removeBefore(day: LocalDay): Promise<number> {
    if (this.#keptFrom === undefined || day > this.#keptFrom) {
      await this.#keyValues.set('dayfold', KEPT_FROM, day);
      this.#keptFrom = day;
      this.#folding.keptFrom = day;
    }
    return await pruneJournal(this.#journal, this.#attributes, this.#calendar, this.#calendar.bounds(day).start);
  }

  /** One problem as long as days are cut short, with the newest figures. */
  async #tell(maxBytes: number | undefined, byAge: LocalDay): Promise<string | undefined> {
    const size = await this.#journal.size();
    const isOver = maxBytes !== undefined && size > maxBytes;
    const isCut = this.#cutUntil !== undefined && this.#cutUntil > byAge;
    if (!isOver && !isCut) {
      await this.#problems.clear(FULL.code, FULL.subject);
      return undefined;
    }
    const bound =
      maxBytes === undefined ? 'journal.max_size was reached' : `journal.max_size (${inMb(maxBytes)}) is reached`;
    const message = isOver
      ? `${bound}: what has to stay takes ${inMb(size)} (yesterday, today, what days start from, rows of files, all values); nothing is lost, and the store goes on growing`
      : `${bound}: readings from before ${this.#cutUntil} were removed earlier than journal.keep says; the values of those days stay, later changes to them are no longer made`;
    const isNew = (await this.#problems.list()).every(({ code }) => code !== FULL.code);
    await this.#problems.raise({
      ...FULL,
      since: this.#clock.now(),
      message,
      remedy: isOver
        ? 'give journal.max_size more room, or take less: name topics instead of wildcards where a source has many readings'
        : 'give journal.max_size more room, or let journal.keep ask for fewer days; then it is cleared by itself',
    });
    return isNew ? message : undefined;
  }
}

function inMb(bytes: number): string {
  return `${Math.ceil(bytes / MB)} MB`;
}
