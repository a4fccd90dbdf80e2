export type { TwinCounters } from './counters.ts';
export { ExistTwin, startExistTwin } from './exist-twin.ts';
export type { ExistTwinOptions, LoggedCall } from './exist-twin.ts';
export type { FaultKind } from './faults.ts';
