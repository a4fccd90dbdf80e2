/** What a sensor, a row or an API may state. Objects and lists are not values. */
export type Value = number | string | boolean;

/**
 * One observation in a series of the source that emits it.
 *
 * It is placed by exactly one of `time`, `start` with `end`, or `date`; with none of them it takes its time of arrival.
 * Plain data only: a reading may cross a process border.
 */
export interface Reading {
  /** Name of the series inside this source, without the source's own name. */
  readonly series: string;
  /** May be left out of a span, whose value is then its length in minutes. */
  readonly value?: Value;
  /** Milliseconds since 1970, or ISO 8601 text; without an offset it is the user's local time. */
  readonly time?: number | string;
  readonly start?: number | string;
  readonly end?: number | string;
  /** A local calendar date, `YYYY-MM-DD`. */
  readonly date?: string;
  /** Names the observation for good: emitted again it replaces the earlier one. Unique in its series. */
  readonly id?: string;
  /** Unit of the value, for example `W` or `kWh`. */
  readonly unit?: string;
  /** The message was kept by a broker and may be old: it counts for the fold `last` only. */
  readonly retained?: boolean;
  /** By this (a safe integer) a source recognises, after a restart, a delivery it had stored but not yet acknowledged. */
  readonly receipt?: number;
}
