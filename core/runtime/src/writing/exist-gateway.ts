import type { LocalDay } from '../day/calendar.ts';
import type { Secret } from '../kernel/secret.ts';
import { token } from '../kernel/token.ts';
import type { WireValue } from '../store/attribute-days.ts';

/** Failures that every call can meet, as values. */
export type Unanswered =
  /** 429: no call of this token before the time is over. */
  | { readonly status: 'limited'; readonly retryAfterMs: number | undefined }
  /** 401 */
  | { readonly status: 'unauthorised' }
  /** 403: a scope is missing. */
  | { readonly status: 'forbidden' }
  /** The request surely was not applied (could not connect). */
  | { readonly status: 'unreachable'; readonly message: string }
  /** Nobody knows whether it was applied: timeout, 5xx, HTML, a broken answer. */
  | { readonly status: 'unclear'; readonly message: string }
  /** 400 or 404: the request as a whole is wrong. */
  | { readonly status: 'rejected'; readonly message: string }
  /** The token endpoint does not know the client: `client_id` or `client_secret` is wrong. The token itself may be fine. */
  | { readonly status: 'misconfigured'; readonly message: string };

export interface Refusal<Item> {
  readonly item: Item;
  readonly code: string;
  readonly message: string;
}

/** Each item sent stands in exactly one of the three lists. */
export interface Answered<Item, Result = Item> {
  readonly status: 'answered';
  readonly accepted: readonly { readonly item: Item; readonly result: Result }[];
  readonly refused: readonly Refusal<Item>[];
  /** In neither list of the answer. */
  readonly unmentioned: readonly Item[];
}

export type Outcome<Item, Result = Item> = Answered<Item, Result> | Unanswered;

export interface ExistAttribute {
  readonly name: string;
  readonly template: string | undefined;
  readonly label: string;
  readonly group: string | undefined;
  /** Exist's number, see VALUE_TYPES. Undefined where the answer did not say. */
  readonly valueType: number | undefined;
  /** Name of the service that owns it; undefined for none. */
  readonly service: string | undefined;
  readonly serviceLabel: string | undefined;
  readonly active: boolean;
}

export interface Profile {
  readonly username: string;
  readonly timezone: string;
  readonly localTime: string | undefined;
}

export interface TokenAnswer {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly expiresInS: number | undefined;
  readonly scopes: readonly string[];
}

export interface Client {
  readonly clientId: string;
  readonly clientSecret: Secret;
}

export type AcquireItem = { readonly template: string } | { readonly name: string };
export interface CreateItem {
  readonly label: string;
  readonly group: string;
  readonly valueType: number;
}
export interface UpdateItem {
  readonly name: string;
  readonly date: LocalDay;
  readonly value: WireValue;
}
export interface IncrementItem {
  readonly name: string;
  readonly date: LocalDay;
  readonly value: number;
}

/** Exist's API as dayfold uses it. At most 35 items a call; never retries by itself. */
export interface ExistGateway {
  /** The page where the person allows access. */
  authorizeUrl(
    client: Client,
    request: { readonly redirectUri: string; readonly scopes: readonly string[]; readonly state: string },
  ): string;
  exchangeCode(
    client: Client,
    code: string,
    redirectUri: string,
  ): Promise<{ readonly status: 'granted'; readonly token: TokenAnswer } | Unanswered>;
  /** Kills the old pair the moment Exist applies it. */
  refresh(
    client: Client,
    refreshToken: Secret,
  ): Promise<{ readonly status: 'granted'; readonly token: TokenAnswer } | Unanswered>;
  profile(accessToken: Secret): Promise<{ readonly status: 'answered'; readonly profile: Profile } | Unanswered>;
  /** What this client owns; all pages, each of which is one request (`requests`). */
  owned(
    accessToken: Secret,
  ): Promise<
    | { readonly status: 'answered'; readonly attributes: readonly ExistAttribute[]; readonly requests: number }
    | Unanswered
  >;
  /** What the token may read, of any service; all pages. */
  attributes(
    accessToken: Secret,
  ): Promise<
    | { readonly status: 'answered'; readonly attributes: readonly ExistAttribute[]; readonly requests: number }
    | Unanswered
  >;
  acquire(accessToken: Secret, items: readonly AcquireItem[]): Promise<Outcome<AcquireItem, ExistAttribute>>;
  create(accessToken: Secret, items: readonly CreateItem[]): Promise<Outcome<CreateItem, ExistAttribute>>;
  release(
    accessToken: Secret,
    items: readonly { readonly name: string }[],
  ): Promise<Outcome<{ readonly name: string }>>;
  update(accessToken: Secret, items: readonly UpdateItem[]): Promise<Outcome<UpdateItem, WireValue>>;
  /** The result is `current`, the day's new total. */
  increment(accessToken: Secret, items: readonly IncrementItem[]): Promise<Outcome<IncrementItem, number | undefined>>;
}
export const ExistGateway = token<ExistGateway>('ExistGateway');
