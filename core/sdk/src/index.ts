export { definePlugin } from './define-plugin.ts';
export type { CapturedMessage, Plugin, Sample, Source } from './define-plugin.ts';
export { ConfigInvalid, LoginRequired, NotReady, PluginError } from './errors.ts';
export { byteSize, duration, path, secret } from './options.ts';
export type { Reading, Value } from './reading.ts';
export { Clock, Health, Http, Inbound, Logger, Readings, Schedule, Secrets, Storage } from './services.ts';
export type {
  HttpRequest,
  HttpResponse,
  InboundRequest,
  InboundResponse,
  JsonValue,
  MirrorResult,
  ServiceToken,
} from './services.ts';
