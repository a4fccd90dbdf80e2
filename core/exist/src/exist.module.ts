import { ExistGateway } from '@dayfold/runtime';
import { ContainerModule } from 'inversify';
import { UndiciExistGateway } from './undici-exist-gateway.ts';
import type { ExistGatewayOptions } from './undici-exist-gateway.ts';

/** Binds the ExistGateway to Exist itself, or to the stand-in under another address. */
export function existModule(options: ExistGatewayOptions): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(ExistGateway).toConstantValue(new UndiciExistGateway(options));
  });
}
