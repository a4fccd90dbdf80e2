/** Attributes of the world and where their readings come from. */
export const SERIES = ['clicks', 'drops', 'meter', 'steps', 'taps', 'pages', 'entries', 'warmth'] as const;
/** Whose readings are found by their time. Rows and items of a date are judged by the values of the days. */
export const UNDATED: readonly SeriesName[] = ['clicks', 'drops', 'meter', 'steps', 'taps', 'entries'];
export type SeriesName = (typeof SERIES)[number];

/** One reading as it was given to a source. */
export interface SentReading {
  readonly series: SeriesName;
  /** What names it in the journal: its value where that is unique, else its time, else its date and value. */
  readonly key: string;
  readonly value: number;
  /** Its own time, or that of its sending. */
  readonly at: number;
  /** Where it is said; else the local day of `at`. */
  readonly date?: string;
  /** The payload that the broker sees acknowledged. */
  readonly payload?: string;
}

export type DayValues = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A message that its broker forgot before it was acknowledged may be stored or not; everything else has to be. */
export class Oracle {
  readonly #zone: (at: number) => string;
  readonly #sent = new Map<string, SentReading>();
  readonly #times = new Map<string, number>();
  readonly #optional = new Set<string>();
  /** Further attributes that are folded as `drops` is. */
  readonly extras = new Set<string>();

  /** `dayOf` gives the local day by the machine's own tables, not by dayfold's. */
  constructor(dayOf: (at: number) => string) {
    this.#zone = dayOf;
  }

  /** Said again, it may stand in the journal as often, and still counts once. */
  sent(reading: SentReading): void {
    const name = nameOf(reading);
    this.#sent.set(name, reading);
    this.#times.set(name, (this.#times.get(name) ?? 0) + 1);
  }

  withdrawn(reading: SentReading): void {
    this.#sent.delete(nameOf(reading));
  }

  readings(series: SeriesName): readonly SentReading[] {
    return [...this.#sent.values()].filter((reading) => reading.series === series);
  }

  /** Of what was sent, everything whose payload fits. */
  matching(isMeant: (reading: SentReading) => boolean): readonly SentReading[] {
    return [...this.#sent.values()].filter(isMeant);
  }

  mayBeMissing(reading: SentReading): void {
    this.#optional.add(nameOf(reading));
  }

  isOptional(reading: SentReading): boolean {
    return this.#optional.has(nameOf(reading));
  }

  /** Compares with what the journal holds; what may be missing is settled by it. */
  judge(series: SeriesName, stored: readonly string[]): { readonly lost: string[]; readonly doubled: string[] } {
    const counts = new Map<string, number>();
    for (const key of stored) counts.set(key, (counts.get(key) ?? 0) + 1);
    const lost: string[] = [];
    for (const reading of this.readings(series)) {
      if (counts.has(reading.key)) continue;
      if (this.#optional.has(nameOf(reading))) this.#sent.delete(nameOf(reading));
      else lost.push(nameOf(reading));
    }
    const doubled = [...counts].filter(([key, count]) => count > (this.#times.get(nameOf({ series, key })) ?? 0));
    return { lost, doubled: doubled.map(([key, count]) => `${series} ${key} (${count} times)`) };
  }

  /** The value of every day, as Exist should hold it. */
  values(): DayValues {
    const values: Record<string, Record<string, number>> = {
      clicks: this.#byDay('clicks', (readings) => readings.length),
      drops: this.#byDay('drops', sum),
      growth: this.#growth(),
      steps: this.#byDay('steps', (readings) => Math.max(...readings.map(({ value }) => value))),
      taps: this.#byDay('taps', sum),
      pages_read: this.#byDay('pages', sum),
      entries: this.#byDay('entries', sum),
      warmth: this.#byDay('warmth', (readings) => readings.at(-1)?.value ?? 0),
    };
    for (const extra of this.extras) values[extra] = this.#byDay('drops', sum);
    return values;
  }

  #byDay(series: SeriesName, fold: (readings: readonly SentReading[]) => number): Record<string, number> {
    const days = Map.groupBy(this.readings(series), ({ date, at }) => date ?? this.#zone(at));
    return Object.fromEntries([...days].map(([day, readings]) => [day, fold(readings)]));
  }

  /** A counter that only grows: each step counts on the day of its later reading; the first reading ever counts nothing. */
  #growth(): Record<string, number> {
    const days: Record<string, number> = {};
    const inOrder = this.readings('meter').toSorted((left, right) => left.at - right.at);
    for (const [index, { at, value }] of inOrder.slice(1).entries()) {
      const day = this.#zone(at);
      days[day] = (days[day] ?? 0) + value - (inOrder[index]?.value ?? 0);
    }
    return days;
  }
}

/** The local day of an instant, by Intl. */
export function dayIn(zone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
  return (at) => format.format(at);
}

/** Days of a person who moves: a new zone holds from an instant on. */
export class MovedDays {
  readonly #zones: { readonly from: number; readonly dayOf: (at: number) => string }[];

  constructor(zone: string) {
    this.#zones = [{ from: -Infinity, dayOf: dayIn(zone) }];
  }

  dayOf(at: number): string {
    return this.#zones.findLast(({ from }) => from <= at)?.dayOf(at) ?? '';
  }

  /** From the next midnight after `now` in the zone that holds. */
  move(zone: string, now: number): void {
    const today = this.dayOf(now);
    let from = now;
    while (this.dayOf(from) === today) from += 60_000;
    this.#zones.push({ from: from - (from % 60_000), dayOf: dayIn(zone) });
  }
}

function nameOf({ series, key }: Pick<SentReading, 'series' | 'key'>): string {
  return `${series} ${key}`;
}

function sum(readings: readonly SentReading[]): number {
  return readings.reduce((total, { value }) => total + value, 0);
}
