import type { z } from 'zod';
import { closest, type Path } from './mistakes.ts';
import { nameOf } from './positions.ts';

/** A mistake before it has its place in the file. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly suggestion?: string | undefined;
  /** The key itself is wrong or missing, not its value. */
  readonly atKey?: boolean;
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly findings: readonly Finding[] };

type Issue = z.core.$ZodIssue;
type ErrorMap = z.core.$ZodErrorMap;

/**
 * Checks a value against a schema and words what is wrong. `textual` holds the places whose text came from the
 * environment or a secret: there, text that reads as a number or a truth value may stand for one.
 */
export async function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  at: Path,
  textual: ReadonlySet<string>,
): Promise<Checked<z.output<Schema>>> {
  let input = value;
  for (let round = 0; ; round++) {
    const keys = new Map<string, readonly string[]>();
    const result = await schema.safeParseAsync(input, { error: wording(keys) });
    if (result.success) return { ok: true, value: result.data };
    const readable = round > 0 ? [] : result.error.issues.filter((issue) => wantsOther(issue, input, at, textual));
    if (readable.length === 0) {
      return { ok: false, findings: result.error.issues.flatMap((issue) => findings(issue, input, at, keys)) };
    }
    input = structuredClone(input);
    for (const { path } of readable) replace(input, path);
  }
}

const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;

function wantsOther(issue: Issue, input: unknown, at: Path, textual: ReadonlySet<string>): boolean {
  if (issue.code !== 'invalid_type' || !textual.has(nameOf([...at, ...pathOf(issue)]))) return false;
  const text = get(input, pathOf(issue));
  if (typeof text !== 'string' || issue.path.length === 0) return false;
  if (issue.expected === 'boolean') return text === 'true' || text === 'false';
  return (issue.expected === 'number' || issue.expected === 'int') && NUMBER.test(text);
}

function replace(input: unknown, path: readonly PropertyKey[]): void {
  const parent = get(input, path.slice(0, -1)) as Record<PropertyKey, unknown>;
  const last = path.at(-1) ?? '';
  const text = String(parent[last]);
  parent[last] = text === 'true' ? true : text === 'false' ? false : Number(text);
}

/** Words what only the failing schema knows: its title, and the keys it would take. */
function wording(keys: Map<string, readonly string[]>): ErrorMap {
  return (issue) => {
    const schema = issue.inst as
      | {
          readonly _zod?: { readonly def?: { readonly shape?: object; readonly checks?: readonly FormatCheck[] } };
          meta?: () => unknown;
        }
      | undefined;
    if (issue.code === 'unrecognized_keys') {
      keys.set(nameOf((issue.path ?? []).map(asKey)), Object.keys(schema?._zod?.def?.shape ?? {}));
      return undefined;
    }
    if (issue.code !== 'invalid_type') return undefined;
    const described = formatMessage(schema?._zod?.def?.checks, issue);
    if (described !== undefined) return `${described}, found ${kindOf(issue.input)}`;
    const meta = typeof schema?.meta === 'function' ? schema.meta() : undefined;
    const title = typeof meta === 'object' && meta !== null && 'title' in meta ? meta.title : undefined;
    return typeof title === 'string'
      ? `expected ${withArticle(title)} (${expected(issue.expected)}), found ${kindOf(issue.input)}`
      : `expected ${expected(issue.expected)}, found ${kindOf(issue.input)}`;
  };
}

interface FormatCheck {
  readonly _zod?: { readonly def?: { readonly check?: string; readonly error?: (issue: unknown) => unknown } };
}

/** Text of a certain form, such as a duration, says itself what it expects. */
function formatMessage(checks: readonly FormatCheck[] | undefined, issue: unknown): string | undefined {
  const error = checks?.find((each) => each._zod?.def?.check === 'string_format')?._zod?.def?.error;
  const message = error?.(issue);
  return typeof message === 'string' ? message : undefined;
}

function findings(
  issue: Issue,
  input: unknown,
  at: Path,
  keys: ReadonlyMap<string, readonly string[]>,
): readonly Finding[] {
  const inner = pathOf(issue);
  const path = [...at, ...inner];
  const found = get(input, inner);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keys.get(nameOf(inner)) ?? [];
      return issue.keys.map((key) => ({
        path: [...path, key],
        atKey: true,
        message: 'unknown key',
        suggestion: closest(key, known),
      }));
    }
    case 'invalid_type':
      if (found !== undefined) return [{ path, message: issue.message }];
      return [{ path, atKey: true, message: `is missing: ${issue.message.replace(/, found nothing$/, '')}` }];
    case 'invalid_value': {
      const values = issue.values.map(String);
      if (found === undefined) return [{ path, atKey: true, message: `is missing: expected ${listed(values)}` }];
      return [
        {
          path,
          message: `expected ${listed(values)}`,
          suggestion: typeof found === 'string' ? closest(found, values) : undefined,
        },
      ];
    }
    case 'invalid_key':
      return [{ path, atKey: true, message: issue.issues[0]?.message ?? issue.message }];
    case 'invalid_element':
      return issue.issues.flatMap((each) => findings(each, found, path, keys));
    case 'invalid_union':
      return ofUnion(issue, input, at, keys);
    case 'custom': {
      const suggestion: unknown = issue.params?.suggestion;
      return [
        {
          path,
          message: issue.message,
          atKey: found === undefined,
          suggestion: typeof suggestion === 'string' ? suggestion : undefined,
        },
      ];
    }
    case 'too_small':
      if (typeof found === 'string' || Array.isArray(found))
        return [
          {
            path,
            message: Number(issue.minimum) <= 1 ? 'must not be empty' : `expected at least ${issue.minimum} of them`,
          },
        ];
      return [{ path, message: `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}` }];
    case 'too_big':
      return [{ path, message: `expected ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}` }];
    default:
      return [{ path, message: lowerFirst(issue.message) }];
  }
}

/** Of the alternatives, the one that got furthest is the one that was meant. */
function ofUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  input: unknown,
  at: Path,
  keys: ReadonlyMap<string, readonly string[]>,
): readonly Finding[] {
  const inner = pathOf(issue);
  const path = [...at, ...inner];
  const found = get(input, inner);
  const branches = issue.errors.filter(
    (branch) =>
      !branch.some((each) => each.path.length === 0 && (each.code === 'invalid_type' || each.code === 'invalid_value')),
  );
  const meant = branches.toSorted((one, other) => one.length - other.length)[0];
  if (meant !== undefined) return meant.flatMap((each) => findings(each, found, path, keys));
  const kinds = issue.errors.flatMap((branch) =>
    branch.flatMap((each) =>
      each.code === 'invalid_type'
        ? [expected(each.expected)]
        : each.code === 'invalid_value'
          ? each.values.map(String)
          : [],
    ),
  );
  if (kinds.length === 0) return [{ path, message: lowerFirst(issue.message) }];
  const wanted = [...new Set(kinds)].join(' or ');
  return found === undefined
    ? [{ path, atKey: true, message: `is missing: expected ${wanted}` }]
    : [{ path, message: `expected ${wanted}, found ${kindOf(found)}` }];
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
  null: 'nothing',
};

function expected(kind: string): string {
  return KINDS[kind] ?? kind;
}

function kindOf(input: unknown): string {
  if (input === undefined || input === null) return 'nothing';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'number') return Number.isFinite(input) ? 'a number' : 'no number';
  if (typeof input === 'boolean') return 'true or false';
  return KINDS[typeof input] ?? typeof input;
}

function listed(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `one of ${values.join(', ')}`;
}

function withArticle(title: string): string {
  const plain = lowerFirst(title);
  return `${/^[aeiou]/i.test(plain) ? 'an' : 'a'} ${plain}`;
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
}

function asKey(part: PropertyKey): string | number {
  return typeof part === 'number' ? part : String(part);
}

function pathOf(issue: { readonly path: readonly PropertyKey[] }): Path {
  return issue.path.map(asKey);
}

function get(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    input,
  );
}
