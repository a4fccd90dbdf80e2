import fc from 'fast-check';
import { expect } from 'vitest';

/** The same cases in every run, so that a red run means a changed program; a search for new ones takes a seed of its own. */
const SEED = Number(process.env['DAYFOLD_TEST_SEED'] ?? 20_261_124);

fc.configureGlobal({ seed: SEED });

// A secret hides its text from comparison too: two of them are the same when their texts are.
expect.addEqualityTesters([
  (one: unknown, other: unknown) =>
    isSecret(one) && isSecret(other)
      ? one.reveal() === other.reveal()
      : isSecret(one) || isSecret(other)
        ? false
        : undefined,
]);

function isSecret(value: unknown): value is { reveal(): string } {
  return typeof (value as { reveal?: unknown } | undefined | null)?.reveal === 'function';
}
