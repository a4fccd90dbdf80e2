export { combine } from './combine.ts';
export { foldDay, traceDay } from './fold-day.ts';
export type { Folded, FoldedReading, FoldInput, Traced } from './fold-day.ts';
export {
  handsOn,
  instantOf,
  isTimeDependent,
  needsBase,
  spanAround,
  spanOfInterest,
  touchedDays,
  touchedWhile,
} from './fold-traits.ts';
export type { SpanOfInterest } from './fold-traits.ts';
export { holds } from './holds.ts';
export { numberOf } from './number-of.ts';
export { isToldByOne, loneNumber } from './lone-number.ts';
export type { Observation } from './observation.ts';
export { commonUnit } from './one-unit.ts';
export { isCounting } from './placed.ts';
export { toWire } from './to-wire.ts';
export type { WireResult } from './to-wire.ts';
