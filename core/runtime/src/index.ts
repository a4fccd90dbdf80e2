export { Daemon } from './app/daemon.ts';
export type { DaemonParts } from './app/daemon-parts.ts';
export type {
  AccountReport,
  ConnectReport,
  DayReport,
  DaysFilter,
  Engine,
  Explanation,
  LoginReport,
  PlanReport,
  ProblemReport,
  SourceReport,
  StatusReport,
  SyncSummary,
} from './app/engine.ts';
export * from './config/configuration.ts';
export { EXIST_TEMPLATES } from './config/exist-templates.ts';
export { configurationJsonSchema } from './config/json-schema.ts';
export { checkSources, loadConfiguration } from './config/load-configuration.ts';
export type { Loaded, LoadResult } from './config/load-configuration.ts';
export { closest, formatMistakes } from './config/mistakes.ts';
export type { Mistake } from './config/mistakes.ts';
export {
  credentialsIn,
  HIDDEN,
  tellsWhereabouts,
  withoutCredentials,
  withoutWhereabouts,
} from './config/redact-url.ts';
export { redactYaml, secretReference } from './config/redact-yaml.ts';
export { readSecrets, secretsFileBeside } from './config/secrets-file.ts';
export { secretPlaces } from './config/secret-places.ts';
export { spellings } from './config/spellings.ts';
export { soundsSecret } from './config/secret-names.ts';
export * from './day/calendar.ts';
export * from './day/clock.ts';
export * from './day/day-name.ts';
export { FakeClock } from './day/fake-clock.ts';
export { daysSince1970, isLocalDay } from './day/local-days.ts';
export { SystemClock } from './day/system-clock.ts';
export { createCalendar } from './day/zoned-calendar.ts';
export { hiding, secretsOf } from './hosting/hide-secrets.ts';
export { GuardedHttp } from './hosting/http-client.ts';
export { InboundRoutes } from './hosting/inbound-routes.ts';
export type { SourceHost } from './hosting/source-host.ts';
export { PluginCatalog } from './hosting/plugin-catalog.ts';
export type { BundledPlugin } from './hosting/plugin-catalog.ts';
export { AttributeIndex } from './intake/attribute-index.ts';
export { DayFolding } from './intake/day-folding.ts';
export { Intake } from './intake/intake.ts';
export * from './kernel/errors.ts';
export * from './kernel/secret.ts';
export * from './kernel/service.ts';
export * from './kernel/token.ts';
export * from './store/accounts.ts';
export * from './store/attribute-days.ts';
export * from './store/changes.ts';
export * from './store/journal.ts';
export { ArrivedReading } from './store/arrived-reading.ts';
export { KnownSeries } from './store/known-series.ts';
export * from './store/outbox.ts';
export * from './store/problems.ts';
export { createMemoryStore } from './store/memory-store.ts';
export { byTime, isSameReading } from './store/reading-order.ts';
export { Store } from './store/store.ts';
export * from './writing/exist-gateway.ts';
export { plan } from './writing/plan.ts';
export type { PlanInput } from './writing/plan.ts';
export type { WriteCoordinator } from './writing/write-coordinator.ts';
