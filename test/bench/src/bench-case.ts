/**
 * What one run of one contender gave, by figure: `per_second`, `cpu_us`, `peak_mb`, `p99_ms` … Undefined is what this
 * machine has no means to measure.
 */
export type Figures = Readonly<Record<string, number | undefined>>;

export interface Run {
  /** A folder of this run alone; gone after it. */
  readonly folder: string;
  readonly isQuick: boolean;
}

export interface Contender {
  readonly name: string;
  /** One whole run in processes of its own. Throws where counts are not right. */
  run(run: Run): Promise<Figures>;
}

/** A ratio of two contenders in the same round. */
export interface Goal {
  readonly figure: string;
  readonly of: string;
  readonly to: string;
  /** Of the reference, where it is another one than `figure`. */
  readonly toFigure?: string;
  readonly least?: number;
  readonly most?: number;
}

/** An upper or lower bound of a figure that needs no reference, such as requests counted. */
export interface Bound {
  readonly figure: string;
  readonly of: string;
  readonly least?: number;
  readonly most?: number;
}

export interface BenchCase {
  readonly name: string;
  readonly title: string;
  readonly contenders: readonly Contender[];
  readonly goals?: readonly Goal[];
  readonly bounds?: readonly Bound[];
  /** Fewer than asked for and none to warm up, where rounds take long; one where figures are the same each time. */
  readonly mostRounds?: number;
  readonly plots?: readonly Plot[];
}

/** Drawn from the medians of a case. The axis along is logarithmic. */
export interface Plot {
  /** Name of its file, without the ending. */
  readonly file: string;
  readonly title: string;
  readonly along: string;
  readonly up: string;
  /** Of the axis up; a linear one starts at zero. */
  readonly scale: 'linear' | 'log';
  readonly lines: readonly PlotLine[];
}

export interface PlotLine {
  readonly name: string;
  readonly figure: string;
  /** Place along, and the contender that was measured there. */
  readonly points: readonly { readonly at: number; readonly of: string }[];
}
