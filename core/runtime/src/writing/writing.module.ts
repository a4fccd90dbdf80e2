import { ContainerModule } from 'inversify';
import { Service } from '../kernel/service.ts';
import { singleton } from '../kernel/token.ts';
import { ConnectFlow } from './connect.ts';
import { WriteCoordinator } from './write-coordinator.ts';
import { WritingParts } from './writing-parts.ts';

/** The room's bindings; `WritingParts` is bound by whoever brings the rooms together. */
export const writingModule = new ContainerModule(({ bind }) => {
  singleton(bind, WriteCoordinator, [WritingParts]);
  singleton(bind, ConnectFlow, [WritingParts]);
  bind(Service).toService(WriteCoordinator);
});
