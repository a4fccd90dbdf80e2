import { ExistGateway } from '@dayfold/runtime';
import { ContainerModule } from 'inversify';
import { UndiciExistGateway } from './undici-exist-gateway.ts';
import type { ExistGatewayOptions } from './undici-exist-gateway.ts';

/** Binds the ExistGateway to Exist itself, or to the stand-in under another address; `around` may wrap it. */
export function existModule(
  options: ExistGatewayOptions,
  around: (gateway: ExistGateway) => ExistGateway = (gateway) => gateway,
): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(ExistGateway).toConstantValue(around(new UndiciExistGateway(options)));
  });
}
