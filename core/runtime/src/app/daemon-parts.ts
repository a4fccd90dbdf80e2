import type { Http, Logger } from '@dayfold/sdk';
import type { ContainerModule } from 'inversify';
import type { Configuration } from '../config/configuration.ts';
import type { Clock } from '../day/clock.ts';
import type { PluginCatalog } from '../hosting/plugin-catalog.ts';

/** What the daemon is put together from. */
export interface DaemonParts {
  readonly configuration: Configuration;
  /** The adapters: they bind the store's ports and the ExistGateway. */
  readonly modules: readonly ContainerModule[];
  readonly clock: Clock;
  readonly catalog: PluginCatalog;
  readonly log: Logger;
  /** 0 <= x < 1 */
  readonly random: () => number;
  readonly http?: Http;
}
