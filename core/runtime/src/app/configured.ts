import type { AttributeConfiguration, Configuration } from '../config/configuration.ts';
import { closest } from '../config/mistakes.ts';
import type { AttributeIndex } from '../intake/attribute-index.ts';
import { ConfigInvalid } from '../kernel/errors.ts';

/** What a person names, as dayfold.yaml has it now; a name that is not there is told with what was probably meant. */
export class Configured {
  readonly #configuration: () => Configuration;
  readonly #attributes: AttributeIndex;

  constructor(configuration: () => Configuration, attributes: AttributeIndex) {
    this.#configuration = configuration;
    this.#attributes = attributes;
  }

  get exist(): Configuration['exist'] {
    return this.#configuration().exist;
  }

  accounts(): readonly string[] {
    return this.exist?.accounts.map(({ name }) => name) ?? [];
  }

  /** The one that is named, or all. */
  chosen(account: string | undefined): readonly string[] {
    const names = this.accounts();
    if (account === undefined) return names;
    if (!names.includes(account)) throw unknown('account', account, names);
    return [account];
  }

  attribute(name: string): AttributeConfiguration {
    const attribute = this.#attributes.get(name);
    if (attribute !== undefined) return attribute;
    throw unknown(
      'attribute',
      name,
      this.#attributes.all().map((other) => other.name),
    );
  }

  /** What a login of this account needs. */
  existOf(account: string) {
    const { exist, attributes } = this.#configuration();
    if (exist === undefined)
      throw new ConfigInvalid('there is no "exist:" in dayfold.yaml; add client_id and client_secret first');
    const client = exist.accounts.find(({ name }) => name === account);
    if (client === undefined) throw unknown('account', account, this.accounts());
    return { exist, client, attributes: attributes.filter((attribute) => attribute.account === account) };
  }
}

function unknown(kind: string, name: string, names: readonly string[]): ConfigInvalid {
  const meant = closest(name, names);
  const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`;
  return new ConfigInvalid(`there is no ${kind} "${name}"${hint}; configured: ${names.join(', ') || 'none'}`);
}
