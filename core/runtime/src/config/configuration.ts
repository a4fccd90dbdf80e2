import type { Value } from '@dayfold/sdk';
import type { LocalDay } from '../day/calendar.ts';
import type { Secret } from '../kernel/secret.ts';
import { token } from '../kernel/token.ts';

/** `dayfold.yaml`, checked and resolved: durations in milliseconds, secrets and environment filled in. */
export interface Configuration {
  /** Undefined: local only, nothing is sent. */
  readonly exist: ExistConfiguration | undefined;
  readonly timezone: string | undefined;
  /** Minutes after local midnight. */
  readonly dayStartsMin: number;
  readonly web: {
    readonly host: string;
    readonly port: number;
    /** Names of this machine that requests may use, beside addresses, `localhost` and `.local`. */
    readonly names: readonly string[];
  };
  readonly journal: {
    readonly keepMs: number;
    readonly commitEveryMs: number;
    /** Undefined: time alone bounds it. */
    readonly maxBytes: number | undefined;
  };
  readonly sources: readonly SourceConfiguration[];
  readonly attributes: readonly AttributeConfiguration[];
}
export const Configuration = token<Configuration>('Configuration');

export interface ExistConfiguration {
  readonly url: string;
  readonly redirectUri: string;
  readonly syncEveryMs: number;
  /** Attribute-days older than this are not sent any more (`late`). */
  readonly lateMs: number;
  readonly accounts: readonly AccountConfiguration[];
}

export interface AccountConfiguration {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
}

export interface SourceConfiguration {
  readonly name: string;
  /** `mqtt`, `file`, `http`, `webhook`, a package name or a path beginning with `.` or `/`. */
  readonly plugin: string;
  readonly enabled: boolean;
  /** What this source alone may ask for by name; shown nowhere. */
  readonly secrets?: Readonly<Record<string, Secret>> | undefined;
  /** What its options hold of secrets; nothing it says may hold them. */
  readonly hidden?: readonly Secret[] | undefined;
  /** What the plugin's own schema checks. */
  readonly options: unknown;
}

export interface AttributeConfiguration {
  /** The key in the file; unique. */
  readonly name: string;
  readonly account: string;
  /** `source.series`, in order of preference. */
  readonly from: readonly string[];
  readonly combine: 'first' | 'sum' | 'max' | 'min';
  readonly fold: FoldSpec;
  readonly when: Condition | undefined;
  readonly span: 'end' | 'start' | 'split';
  readonly staleMs: number;
  /** Unit of the readings, over the one they carry. */
  readonly unit: string | undefined;
  readonly scale: number;
  readonly offset: number;
  readonly round: number | undefined;
  readonly write: 'total' | 'daily' | 'increment';
  /** Set: the Exist template; then label, group and type are the template's. */
  readonly template: string | undefined;
  readonly label: string;
  readonly group: string;
  readonly type: ValueType;
  /** Unit that Exist expects, for templates. */
  readonly targetUnit: string | undefined;
}

export type ValueType =
  | 'integer'
  | 'float'
  | 'string'
  | 'duration'
  | 'time_of_day'
  | 'percentage'
  | 'time_of_day_from_midday'
  | 'boolean'
  | 'scale';

/** Index = Exist's `value_type` (exist.io API, "value types"). */
export const VALUE_TYPES: readonly ValueType[] = [
  'integer',
  'float',
  'string',
  'duration',
  'time_of_day',
  'percentage',
  'time_of_day_from_midday',
  'boolean',
  'scale',
];

export type Condition =
  | { readonly test: '>' | '>=' | '<' | '<='; readonly than: number }
  | { readonly test: '=' | '!='; readonly value: Value }
  | { readonly test: 'between'; readonly low: number; readonly high: number }
  | { readonly test: 'in'; readonly values: readonly Value[] };

export type FoldSpec =
  | { readonly kind: 'sum' | 'count' | 'min' | 'max' | 'mean' | 'median' | 'distinct' | 'first' | 'last' | 'time_mean' }
  /** `resets: false` takes every fall as a negative amount; `base` is the counter before its first reading. */
  | {
      readonly kind: 'increase';
      readonly glitchMs: number;
      readonly resets: boolean;
      readonly base: number | undefined;
    }
  | { readonly kind: 'time_in' | 'any' | 'all' | 'time_first' | 'time_last'; readonly condition: Condition }
  | { readonly kind: 'count_changes'; readonly to: Value | undefined }
  | { readonly kind: 'integral'; readonly perMs: number }
  | { readonly kind: 'join'; readonly separator: string };

/** An attribute on one local date. */
export interface DayKey {
  readonly attribute: string;
  readonly date: LocalDay;
}
