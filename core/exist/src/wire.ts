import { z } from 'zod';

/** Exist answers with more fields than documented, and leaves some out: extra ones are dropped, missing ones are fine. */
const text = z.string().nullish();
const Group = z.union([z.string(), z.object({ name: z.string() })]).nullish();
const Service = z.union([z.string(), z.object({ name: text, label: text })]).nullish();

export const AttributeWire = z.object({
  name: text,
  /** One documented failure carries the name under `title`. */
  title: text,
  template: text,
  label: text,
  group: Group,
  service: Service,
  value_type: z.number().nullish(),
  active: z.union([z.boolean(), z.string()]).nullish(),
  date: text,
  value: z.union([z.number(), z.string(), z.boolean()]).nullish(),
  current: z.number().nullish(),
  error: text,
  error_code: text,
});
export type AttributeWire = z.output<typeof AttributeWire>;

export const WriteAnswer = z.object({
  success: z.array(AttributeWire).default([]),
  failed: z.array(AttributeWire).default([]),
});

export const Page = z.object({ next: text, results: z.array(AttributeWire) });

export const ProfileWire = z.object({ username: z.string(), timezone: z.string(), local_time: text });

export const TokenWire = z.object({
  access_token: z.string().min(1),
  refresh_token: text,
  expires_in: z.number().nullish(),
  scope: text,
});

export const ErrorWire = z.object({ detail: text, error: text, error_description: text });
