export { CATALOGUE } from './catalogue/index.ts';
export { runSeed } from './run-seed.ts';
