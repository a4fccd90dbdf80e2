import { ContainerModule } from 'inversify';
import { Calendar } from '../day/calendar.ts';
import { Clock } from '../day/clock.ts';
import { GuardedHttp } from '../hosting/http-client.ts';
import { InboundRoutes } from '../hosting/inbound-routes.ts';
import { ConfiguredSources, HostParts } from '../hosting/source-host.ts';
import { Intake, IntakeOptions } from '../intake/intake.ts';
import { Store } from '../store/store.ts';
import { ExistGateway } from '../writing/exist-gateway.ts';
import { WritingParts } from '../writing/writing-parts.ts';
import type { DaemonParts } from './daemon-parts.ts';
import { tellSeries, tellStoring } from './tell-problems.ts';

/** What the rooms leave open: clock, calendar, options, and the parts of each that come from the rooms before it. */
export function appModule(parts: DaemonParts, calendar: Calendar, beforeSync: () => Promise<void>): ContainerModule {
  const { configuration, clock, catalog, log, random } = parts;
  return new ContainerModule(({ bind }) => {
    bind(Clock).toConstantValue(clock);
    bind(Calendar).toConstantValue(calendar);
    bind(IntakeOptions)
      .toResolvedValue(
        (store: Store): IntakeOptions => ({
          commitEveryMs: configuration.journal.commitEveryMs,
          onTrouble: (error) => tellStoring(error, store, parts),
          onFull: tellSeries(store, parts),
        }),
        [Store],
      )
      .inSingletonScope();
    bind(WritingParts)
      .toResolvedValue(
        (store: Store, gateway: ExistGateway): WritingParts => ({
          store,
          gateway,
          clock,
          calendar,
          random,
          log,
          beforeSync,
          settings: { attributes: configuration.attributes, exist: configuration.exist },
        }),
        [Store, ExistGateway],
      )
      .inSingletonScope();
    bind(ConfiguredSources).toConstantValue(configuration.sources);
    bind(HostParts)
      .toResolvedValue(
        (store: Store, intake: Intake, inbound: InboundRoutes): HostParts => ({
          catalog,
          intake,
          journal: store.journal,
          keyValues: store.keyValues,
          problems: store.problems,
          clock,
          calendar,
          http: parts.http ?? new GuardedHttp(),
          inbound,
          log,
          random,
        }),
        [Store, Intake, InboundRoutes],
      )
      .inSingletonScope();
  });
}
