export { dayOfHome } from './day-of-home.ts';
export type { HomeDay, HomeMessage } from './day-of-home.ts';
export { writeHomeFiles } from './home-files.ts';
export { playHome } from './home.ts';
export type { HomeOptions } from './home.ts';
export { pseudoRandom } from './pseudo-random.ts';
export { truthsOf } from './truths.ts';
export type { Truths } from './truths.ts';
