export { ControlClient } from './control-client.ts';
export { WebServer } from './web-server.ts';
export type { WebOptions } from './web-server.ts';
