export { FakeClock } from './fake-clock.ts';
export { FakeHttp, FakeInbound } from './fake-network.ts';
export { CapturedReadings } from './captured-readings.ts';
export { FakeSchedule } from './fake-schedule.ts';
export { harness } from './harness.ts';
export type { Harness, HarnessOptions } from './harness.ts';
export { MemoryStorage } from './memory-storage.ts';
export { RecordedHealth, RecordedLogger } from './recorded-health.ts';
export { until } from './until.ts';
