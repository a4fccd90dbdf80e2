export { combine } from './combine.ts';
export { foldDay } from './fold-day.ts';
export type { Folded, FoldedReading, FoldInput } from './fold-day.ts';
export { isTimeDependent, spanOfInterest, touchedDays } from './fold-traits.ts';
export type { Observation } from './observation.ts';
export { toWire } from './to-wire.ts';
export type { WireResult } from './to-wire.ts';
