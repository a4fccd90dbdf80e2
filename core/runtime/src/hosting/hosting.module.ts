import { ContainerModule } from 'inversify';
import { Service } from '../kernel/service.ts';
import { singleton } from '../kernel/token.ts';
import { InboundRoutes } from './inbound-routes.ts';
import { ConfiguredSources, HostParts, SourceHost } from './source-host.ts';

/** The room's bindings; `HostParts` and `ConfiguredSources` are bound by whoever brings the rooms together. */
export const hostingModule = new ContainerModule(({ bind }) => {
  singleton(bind, InboundRoutes, []);
  singleton(bind, SourceHost, [HostParts, ConfiguredSources]);
  bind(Service).toService(SourceHost);
});
