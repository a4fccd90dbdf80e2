/**
 * A series whose readings arrive, the same object for all of them: what is found out by the name of a series is kept here,
 * for with ten thousand series each look-up by name is a walk through cold memory. Who keeps something keeps with it the
 * edition of what it was found in, and looks again once there is another.
 */
export class KnownSeries {
  /** `source.series` */
  readonly name: string;
  /** Counted among the series of its source. */
  isCounted = false;
  /** For the index of attributes. */
  index: object | undefined;
  indexed: object | undefined;
  /** For the store: its number there. */
  store: object | undefined;
  number = 0;

  constructor(name: string) {
    this.name = name;
  }
}
