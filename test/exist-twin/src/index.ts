export type { TwinCounters } from './counters.ts';
export { FAULT_KINDS } from './faults.ts';
export type { FaultKind, Faults } from './faults.ts';
export type { TokenJson } from './grants.ts';
export { startExistTwin } from './start-exist-twin.ts';
export type { ExistTwin } from './start-exist-twin.ts';
export type { TwinOptions, TwinRequest } from './state.ts';
export { SCOPES, TEMPLATES } from './templates.ts';
export type { TwinValue } from './value-rules.ts';
