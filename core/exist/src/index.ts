export { existModule } from './exist.module.ts';
export { UndiciExistGateway } from './undici-exist-gateway.ts';
export type { ExistGatewayOptions } from './undici-exist-gateway.ts';
