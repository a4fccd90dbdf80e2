export { rawAnswer, rawStatus } from './raw-request.ts';
export { Canaries } from './canaries.ts';
export { startEchoServer } from './echo-server.ts';
export type { EchoServer } from './echo-server.ts';
