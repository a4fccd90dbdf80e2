import { resolveAttribute, twins, wrongReferences } from './attributes.ts';
import type { AttributeConfiguration, Configuration, ExistConfiguration } from './configuration.ts';
import { check, type Finding } from './issues.ts';
import { Secret } from '../kernel/secret.ts';
import { attributeSchema, type FileContents, fileSchema, sourceSchema } from './schema.ts';
import { checkOptions, type PluginSchema, resolveSource } from './sources.ts';
import type { Places } from './source-paths.ts';

/** Parts that are good are checked against each other even where other parts are not, so that all mistakes show at once. */
export async function resolveFile(
  input: unknown,
  textual: ReadonlySet<string>,
  pluginSchema: PluginSchema | undefined,
  places: Places,
): Promise<{ readonly configuration: Configuration | undefined; readonly findings: readonly Finding[] }> {
  const root = withoutEmptySections(input);
  const whole = await check(fileSchema, root, [], textual);
  const findings: Finding[] = whole.ok ? [] : [...whole.findings];
  const contents = whole.ok ? whole.value : undefined;

  const checkedSources = await Promise.all(
    entriesOf(root, 'sources').map(async ([name, given]) => {
      const result = await check(sourceSchema, given, ['sources', name], textual);
      const source = result.ok
        ? resolveSource(name, result.value)
        : { name, plugin: '', enabled: false, options: given };
      if (!result.ok || pluginSchema === undefined) return { given: source, source, findings: [] };
      return { given: source, ...(await checkOptions(source, pluginSchema, textual, places)) };
    }),
  );
  findings.push(...checkedSources.flatMap((each) => each.findings));

  const sources = checkedSources.map((each) => each.given);
  const accounts = accountNames(root);
  const attributes: AttributeConfiguration[] = [];
  for (const [name, given] of entriesOf(root, 'attributes')) {
    const result = await check(attributeSchema, given, ['attributes', name], textual);
    findings.push(...wrongReferences(name, given, sources));
    if (!result.ok) continue;
    const resolved = resolveAttribute(name, result.value, accounts);
    findings.push(...resolved.findings);
    if (resolved.attribute !== undefined) attributes.push(resolved.attribute);
  }
  findings.push(...twins(attributes));
  const configuration =
    contents &&
    assemble(
      contents,
      checkedSources.map((each) => each.source),
      attributes,
    );
  return { configuration, findings };
}

function assemble(
  contents: FileContents,
  sources: Configuration['sources'],
  attributes: Configuration['attributes'],
): Configuration {
  return {
    exist: contents.exist && existOf(contents.exist, contents.web.port),
    timezone: contents.timezone,
    dayStartsMin: contents.day_starts,
    web: contents.web,
    journal: {
      keepMs: contents.journal.keep,
      commitEveryMs: contents.journal.commit_every,
      maxBytes: contents.journal.max_size,
    },
    sources,
    attributes,
  };
}

function existOf(exist: NonNullable<FileContents['exist']>, port: number): ExistConfiguration {
  const accounts = exist.accounts ?? {
    me: { client_id: exist.client_id ?? '', client_secret: exist.client_secret ?? '' },
  };
  return {
    url: exist.url.replace(/\/+$/, ''),
    redirectUri: exist.redirect_uri ?? `http://localhost:${port}/connect/callback`,
    syncEveryMs: exist.sync.every,
    lateMs: exist.late,
    accounts: Object.entries(accounts).map(([name, each]) => ({
      name,
      clientId: each.client_id,
      clientSecret: new Secret(each.client_secret),
    })),
  };
}

/** A section whose lines are all commented out is the same as none. */
function withoutEmptySections(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

function entriesOf(root: unknown, key: string): readonly [string, unknown][] {
  const section = sectionOf(root, key);
  return typeof section === 'object' && section !== null && !Array.isArray(section) ? Object.entries(section) : [];
}

function sectionOf(root: unknown, key: string): unknown {
  return typeof root === 'object' && root !== null && Object.hasOwn(root, key)
    ? (root as Record<string, unknown>)[key]
    : undefined;
}

/** Without `exist` nothing is sent, and everything belongs to `me`. */
function accountNames(root: unknown): readonly string[] | undefined {
  const exist = sectionOf(root, 'exist');
  if (exist === undefined) return undefined;
  const accounts = sectionOf(exist, 'accounts');
  return typeof accounts === 'object' && accounts !== null ? Object.keys(accounts) : ['me'];
}
