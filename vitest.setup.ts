import fc from 'fast-check';

/** The same cases in every run, so that a red run means a changed program; a search for new ones takes a seed of its own. */
const SEED = Number(process.env['DAYFOLD_TEST_SEED'] ?? 20_261_124);

fc.configureGlobal({ seed: SEED });
