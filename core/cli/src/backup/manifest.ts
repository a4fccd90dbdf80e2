import { DayfoldError } from '@dayfold/runtime';
import { z } from 'zod';

/** Raised when older versions could not read what is written now. */
export const FORMAT = 1;
export const MANIFEST = 'manifest.json';
export const DATABASE = 'dayfold.db';
export const CONFIGURATION = 'dayfold.yaml';
export const SECRETS = 'secrets.yaml';
/** Nothing else is written to disk by a restore, whatever an archive names. */
export const PARTS = [DATABASE, CONFIGURATION, SECRETS] as const;
export type PartName = (typeof PARTS)[number];

/** First in the archive: what follows it. */
export const Manifest = z.object({
  format: z.int().min(1),
  dayfold: z.string().max(100),
  /** ISO 8601. */
  created: z.iso.datetime(),
  schema: z.int().min(1),
  secrets: z.boolean(),
  files: z
    .array(
      z.strictObject({
        name: z.enum(PARTS),
        size: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(PARTS.length),
});
export type Manifest = z.infer<typeof Manifest>;

/** A file that cannot be restored: nothing was changed. */
export class BackupInvalid extends DayfoldError {
  readonly code = 'backup.invalid';
}
