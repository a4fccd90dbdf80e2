import type { Bind, ServiceIdentifier } from 'inversify';

type Tokens<Arguments extends readonly unknown[]> = {
  readonly [Index in keyof Arguments]: ServiceIdentifier<Arguments[Index]>;
};

/** Names a port at run time; the type argument makes every binding and lookup checked. */
export function token<T>(name: string): ServiceIdentifier<T> {
  return Symbol.for(`dayfold.${name}`);
}

/** Binds a class once, built from the named tokens in constructor order; a wrong or missing token is a compile error. */
export function singleton<T, Arguments extends readonly unknown[]>(
  bind: Bind,
  type: ServiceIdentifier<T> & (new (...services: Arguments) => T),
  tokens: Tokens<Arguments>,
): void {
  singletonAs(bind, type, type, tokens);
}

/** As `singleton`, bound under the name of the port that the class implements. */
export function singletonAs<T, Arguments extends readonly unknown[]>(
  bind: Bind,
  port: ServiceIdentifier<T>,
  type: new (...services: Arguments) => T,
  tokens: Tokens<Arguments>,
): void {
  bind<T>(port)
    .toResolvedValue((...services: unknown[]) => new type(...(services as unknown as Arguments)), [
      ...(tokens as readonly ServiceIdentifier<unknown>[]),
    ] as never)
    .inSingletonScope();
}
