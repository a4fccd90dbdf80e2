import { byteSize, duration, secret } from '@dayfold/sdk';
import { z } from 'zod';
import { parseCondition, type Parsed } from './condition.ts';
import { VALUE_TYPES } from './configuration.ts';
import { EXIST_GROUPS } from './exist-templates.ts';
import { FOLD_NAMES, parseFold } from './fold.ts';
import { closest } from './mistakes.ts';

const NAME = /^[a-z0-9_]+$/;
const name = z.string().regex(NAME, { error: 'expected a name of small letters, digits and _' });

const account = z.strictObject({
  client_id: secret().meta({ title: 'client id', secret: true }),
  client_secret: secret().meta({ title: 'client secret', secret: true }),
});

const exist = z
  .strictObject({
    client_id: account.shape.client_id.optional(),
    client_secret: account.shape.client_secret.optional(),
    redirect_uri: address(['http:', 'https:'])
      .optional()
      .meta({ description: 'As registered at Exist, byte for byte' }),
    url: address(['http:', 'https:']).prefault('https://exist.io'),
    sync: z.strictObject({ every: duration({ least: '1h' }).prefault('1h') }).prefault({}),
    late: duration({ least: '1d' }).prefault('30d'),
    accounts: z.record(name, account).optional(),
  })
  .superRefine((given, context) => {
    const short = given.client_id !== undefined || given.client_secret !== undefined;
    const missing = (key: string) =>
      context.addIssue({
        code: 'custom',
        path: [key],
        message: 'is missing: Exist shows it with your client (https://exist.io/account/apps/)',
      });
    if (given.accounts === undefined) {
      if (given.client_id === undefined) missing('client_id');
      if (given.client_secret === undefined) missing('client_secret');
    } else if (short) {
      context.addIssue({
        code: 'custom',
        path: ['accounts'],
        message: 'give either client_id and client_secret (account "me") or accounts, not both',
      });
    } else if (Object.keys(given.accounts).length === 0) {
      context.addIssue({ code: 'custom', path: ['accounts'], message: 'expected at least one account' });
    }
  });

const timezone = z
  .string()
  .meta({ title: 'time zone', examples: ['Europe/Berlin'] })
  .superRefine((zone, context) => {
    if (isZone(zone)) return;
    const suggestion = closestZone(zone);
    context.addIssue({
      code: 'custom',
      message: 'expected the IANA name of a time zone, such as Europe/Berlin',
      ...(suggestion !== undefined && { params: { suggestion } }),
    });
  });

const dayStarts = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: 'expected a time of day in quotes, such as "04:00"' })
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

const hostName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i, { error: 'expected the name of a machine, such as nas.example.org' });

const store = z.string().superRefine((text, context) => {
  if (text === 'sqlite') return;
  const message = /^postgres(?:ql)?:/.test(text)
    ? 'PostgreSQL is not yet available; the store is sqlite'
    : 'expected sqlite';
  context.addIssue({ code: 'custom', message });
});

const fold = z
  .unknown()
  .meta({
    title: 'fold',
    anyOf: [
      { enum: FOLD_NAMES },
      { type: 'object', propertyNames: { enum: FOLD_NAMES }, minProperties: 1, maxProperties: 1 },
    ],
  })
  .transform(reading(parseFold));

const condition = z
  .unknown()
  .meta({ title: 'condition', type: ['string', 'boolean', 'number'] })
  .transform(reading(parseCondition));

const templateOrText = z.string().min(1);

export const sourceSchema = z.looseObject({
  plugin: z
    .string()
    .min(1)
    .meta({ title: 'plugin', description: 'mqtt, file, http, webhook, a package, or a path that begins with . or /' }),
  enabled: z.boolean().default(true).meta({ description: 'false: kept here but not run' }),
  secrets: z
    .record(z.string().min(1), secret().meta({ title: 'secret', secret: true }))
    .optional()
    .meta({ description: 'Names and texts for this source alone, normally "!secret NAME" each' }),
});

export const attributeSchema = z.strictObject({
  from: z
    .union([z.string(), z.array(z.string()).min(1)])
    .transform((from) => (typeof from === 'string' ? [from] : from))
    .meta({ title: 'series' }),
  fold: fold.optional(),
  when: condition.optional(),
  span: z.enum(['end', 'start', 'split']).optional(),
  stale: duration({ least: '1s' }).prefault('24h'),
  glitch: duration().optional(),
  combine: z.enum(['first', 'sum', 'max', 'min']).default('first'),
  unit: z.string().min(1).optional(),
  scale: z.number().default(1),
  offset: z.number().default(0),
  round: z.int().min(0).max(10).optional(),
  write: z.enum(['total', 'daily', 'increment']).default('total'),
  label: templateOrText.optional(),
  group: z.enum(EXIST_GROUPS as [string, ...string[]]).optional(),
  type: z.enum(VALUE_TYPES as unknown as [string, ...string[]]).optional(),
  template: templateOrText.optional(),
  account: z.string().optional(),
});

/** The whole of `dayfold.yaml`, but for what plugins say about their own options. */
export const fileSchema = z.strictObject({
  exist: exist.optional(),
  timezone: timezone.optional(),
  day_starts: dayStarts.prefault('00:00'),
  web: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(8373),
      names: z.array(hostName).default([]).meta({ description: 'Names of this machine that requests may use' }),
    })
    .prefault({}),
  journal: z
    .strictObject({
      keep: duration({ least: '1d' }).prefault('35d'),
      commit_every: duration({ least: '20ms', most: '1m' }).prefault('5s'),
      max_size: byteSize({ least: '1MB' })
        .optional()
        .meta({ description: 'Readings of the oldest days are removed where the store would grow beyond it' }),
    })
    .prefault({}),
  store: store.default('sqlite'),
  sources: z.record(name, sourceSchema).prefault({}),
  attributes: z.record(name, attributeSchema).prefault({}),
});

export type FileContents = z.output<typeof fileSchema>;
export type AttributeContents = z.output<typeof attributeSchema>;

function reading<T>(parse: (input: unknown) => Parsed<T>) {
  return (input: unknown, context: z.core.$RefinementCtx): T => {
    const result = parse(input);
    if (result.ok) return result.value;
    context.issues.push({
      code: 'custom',
      message: result.message,
      input,
      path: [...(result.path ?? [])],
      ...(result.suggestion !== undefined && { params: { suggestion: result.suggestion } }),
    });
    return z.NEVER;
  };
}

function address(protocols: readonly string[]) {
  return z.string().superRefine((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url !== undefined && protocols.includes(url.protocol)) return;
    context.addIssue({ code: 'custom', message: 'expected an address that begins with https:// or http://' });
  });
}

function isZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function closestZone(zone: string): string | undefined {
  const zones = Intl.supportedValuesOf('timeZone');
  const wanted = zone.toLowerCase().replaceAll(' ', '_');
  return zones.find((known) => known.toLowerCase().endsWith(`/${wanted}`)) ?? closest(zone.replaceAll(' ', '_'), zones);
}
