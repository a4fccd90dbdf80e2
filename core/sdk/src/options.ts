import { z } from 'zod';

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** A duration such as `30s`, `15m`, `1h`, `35d`; becomes milliseconds. Defaults are written as text. */
export function duration(limits: { readonly least?: string; readonly most?: string } = {}) {
  const least = limits.least === undefined ? 0 : millisecondsOf(limits.least);
  const most = limits.most === undefined ? Number.POSITIVE_INFINITY : millisecondsOf(limits.most);
  return z
    .string()
    .regex(DURATION, { error: 'expected a duration such as 30s, 15m, 1h or 35d' })
    .transform((text, context) => {
      const ms = millisecondsOf(text);
      if (ms < least)
        context.issues.push({ code: 'custom', message: `expected at least ${limits.least}`, input: text });
      if (ms > most) context.issues.push({ code: 'custom', message: `expected at most ${limits.most}`, input: text });
      return ms;
    });
}

/** A size such as `64KB` or `10 MB`; becomes bytes. */
export function byteSize(limits: { readonly least?: string } = {}) {
  const least = limits.least === undefined ? 0 : bytesOf(limits.least);
  return z
    .string()
    .regex(/^\d+ ?(?:B|KB|MB|GB)$/, { error: 'expected a size such as 256KB or 10MB' })
    .transform((text, context) => {
      const bytes = bytesOf(text);
      if (bytes < least)
        context.issues.push({ code: 'custom', message: `expected at least ${limits.least}`, input: text });
      return bytes;
    });
}

/**
 * A path, or a pattern of paths. A relative one is relative to the folder of the configuration, and `~/` is the home
 * folder: the source is given an absolute one. Where it stands in the options does not matter. With `readings` it says where
 * readings lie, and `dayfold check` refuses one that leads to what dayfold itself keeps logins in.
 */
export function path({ readings = false }: { readonly readings?: boolean } = {}) {
  return z
    .string()
    .min(1)
    .refine((text) => !text.includes('\0'), { error: 'expected a path, which holds no character NUL' })
    .meta({ path: true, ...(readings && { readings }) });
}

/** Text that forms, logs and diagnostics hide. */
export function secret() {
  return z.string().min(1).meta({ secret: true });
}

function bytesOf(text: string): number {
  const factor = text.endsWith('GB') ? 1024 ** 3 : text.endsWith('MB') ? 1024 ** 2 : text.endsWith('KB') ? 1024 : 1;
  return Number.parseInt(text, 10) * factor;
}

function millisecondsOf(text: string): number {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  return Number(amount ?? Number.NaN) * (DURATION_UNITS[unit ?? ''] ?? Number.NaN);
}
