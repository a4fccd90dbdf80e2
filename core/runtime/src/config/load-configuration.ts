import { readFile as readTextFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename } from 'node:path';
import { resolveAttribute, twins, wrongReferences } from './attributes.ts';
import type { AttributeConfiguration, Configuration, ExistConfiguration } from './configuration.ts';
import { check, type Finding } from './issues.ts';
import { readLocatedYaml, type ScalarText } from './located-yaml.ts';
import { formatPath, type Mistake } from './mistakes.ts';
import { nameOf, type Positions } from './positions.ts';
import { attributeSchema, type FileContents, fileSchema, sourceSchema } from './schema.ts';
import { readSecrets, type SecretsFile, secretsFileBeside } from './secrets-file.ts';
import { checkOptions, type PluginSchema, resolveSource } from './sources.ts';
import { expandHome, substitute } from './substitution.ts';

export interface LoadOptions {
  readonly file: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The folder that `~/` stands for. */
  readonly home?: string;
  readonly readFile?: (file: string) => Promise<string>;
  /** Permission bits; undefined where they mean nothing. */
  readonly fileMode?: (file: string) => Promise<number | undefined>;
  /** Given: the options of every source are checked too and replaced by the schema's output. */
  readonly pluginSchema?: PluginSchema;
}

export interface Loaded {
  readonly ok: true;
  readonly configuration: Configuration;
  readonly positions: Positions;
  /** What works but should be changed. */
  readonly warnings: readonly Mistake[];
}

export type LoadResult = Loaded | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Reads `dayfold.yaml` and validates it whole. Never throws; no message holds a secret or a value of the environment. */
export async function loadConfiguration(options: LoadOptions): Promise<LoadResult> {
  const { file, env = process.env, home = homedir(), readFile = readText, fileMode = modeOf } = options;
  let text: string;
  try {
    text = await readFile(file);
  } catch (error) {
    return { ok: false, mistakes: [{ file, line: 1, column: 1, path: '', message: `cannot be read: ${reasonOf(error)}` }] };
  }
  const secrets = await secretsFor(text, file, readFile);
  const hidden = new Set<string>();
  const textual = new Set<string>();
  const resolve = (scalar: ScalarText) => resolveScalar(scalar, { env, home, secrets, hidden, textual });
  const read = readLocatedYaml(file, text, resolve);
  const { mistakes: unreadable, positions } = read;
  const { configuration, findings } = await build(read.value, textual, options.pluginSchema);
  // A value that could not be filled in is missing, but its own mistake says why.
  const told = new Set(unreadable.map((mistake) => mistake.path));
  const mistakes = [
    ...secrets.mistakes,
    ...unreadable,
    ...(unreadable.some((mistake) => mistake.path === '') ? [] : findings.filter((each) => !told.has(formatPath(each.path))).map((each) => located(each, file, positions, hidden))),
  ];
  if (mistakes.length > 0 || configuration === undefined) return { ok: false, mistakes: inOrder(mistakes, file) };
  return { ok: true, configuration, positions, warnings: await warningsOf(configuration, file, positions, secrets, fileMode) };
}

/** Checks the options of sources once the plugins are known; the result is as of `loadConfiguration`. */
export async function checkSources(
  loaded: Loaded,
  file: string,
  pluginSchemas: ReadonlyMap<string, NonNullable<Awaited<ReturnType<PluginSchema>>>>,
): Promise<LoadResult> {
  const results = await Promise.all(
    loaded.configuration.sources.map((source) => checkOptions(source, (plugin) => pluginSchemas.get(plugin), new Set())),
  );
  const mistakes = results.flatMap((result) => result.findings.map((each) => located(each, file, loaded.positions, new Set())));
  if (mistakes.length > 0) return { ok: false, mistakes: inOrder(mistakes, file) };
  return { ...loaded, configuration: { ...loaded.configuration, sources: results.map((result) => result.source) } };
}

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly secrets: SecretsFile;
  /** Texts that no message may hold. */
  readonly hidden: Set<string>;
  /** Places whose text came from elsewhere. */
  readonly textual: Set<string>;
}

function resolveScalar(scalar: ScalarText, { env, home, secrets, hidden, textual }: Surroundings) {
  if (scalar.isSecret) {
    const name = String(scalar.value);
    if (secrets.values === undefined) return { mistake: `!secret ${name}: there is no ${basename(secrets.file)} beside this file` };
    const secret = secrets.values.get(name);
    if (secret === undefined) return { mistake: `!secret ${name}: ${basename(secrets.file)} has no such name` };
    hidden.add(secret);
    textual.add(nameOf(scalar.path));
    return { value: secret };
  }
  if (typeof scalar.value !== 'string') return { value: scalar.value };
  const filled = substitute(scalar.value, env);
  if (!filled.ok) return { mistake: filled.message };
  for (const value of filled.used) hidden.add(value);
  if (filled.text !== scalar.value) textual.add(nameOf(scalar.path));
  return { value: expandHome(filled.text, home) };
}

/** Parts that are good are checked against each other even where other parts are not, so that all mistakes show at once. */
async function build(input: unknown, textual: ReadonlySet<string>, pluginSchema: PluginSchema | undefined) {
  const root = withoutEmptySections(input);
  const whole = await check(fileSchema, root, [], textual);
  const findings: Finding[] = whole.ok ? [] : [...whole.findings];
  const contents = whole.ok ? whole.value : undefined;

  const checkedSources = await Promise.all(
    entriesOf(root, 'sources').map(async ([name, given]) => {
      const result = await check(sourceSchema, given, ['sources', name], textual);
      const source = result.ok ? resolveSource(name, result.value) : { name, plugin: '', enabled: false, options: given };
      return result.ok && pluginSchema !== undefined ? { given: source, ...(await checkOptions(source, pluginSchema, textual)) } : { given: source, source, findings: [] };
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
  const configuration = contents && assemble(contents, checkedSources.map((each) => each.source), attributes);
  return { configuration, findings };
}

function assemble(contents: FileContents, sources: Configuration['sources'], attributes: Configuration['attributes']): Configuration {
  return {
    exist: contents.exist && existOf(contents.exist, contents.web.port),
    timezone: contents.timezone,
    dayStartsMin: contents.day_starts,
    web: contents.web,
    journal: { keepMs: contents.journal.keep, commitEveryMs: contents.journal.commit_every },
    sources,
    attributes,
  };
}

function existOf(exist: NonNullable<FileContents['exist']>, port: number): ExistConfiguration {
  const accounts = exist.accounts ?? { me: { client_id: exist.client_id ?? '', client_secret: exist.client_secret ?? '' } };
  return {
    url: exist.url.replace(/\/+$/, ''),
    redirectUri: exist.redirect_uri ?? `http://localhost:${port}/connect/callback`,
    syncEveryMs: exist.sync.every,
    lateMs: exist.late,
    accounts: Object.entries(accounts).map(([name, each]) => ({ name, clientId: each.client_id, clientSecret: each.client_secret })),
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
  return typeof root === 'object' && root !== null && Object.hasOwn(root, key) ? (root as Record<string, unknown>)[key] : undefined;
}

/** Without `exist` nothing is sent, and everything belongs to `me`. */
function accountNames(root: unknown): readonly string[] | undefined {
  const exist = sectionOf(root, 'exist');
  if (exist === undefined) return undefined;
  const accounts = sectionOf(exist, 'accounts');
  return typeof accounts === 'object' && accounts !== null ? Object.keys(accounts) : ['me'];
}

async function secretsFor(text: string, file: string, readFile: (file: string) => Promise<string>): Promise<SecretsFile> {
  const beside = secretsFileBeside(file);
  const none: SecretsFile = { file: beside, values: undefined, mistakes: [] };
  if (!text.includes('!secret')) return none;
  try {
    return readSecrets(beside, await readFile(beside));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return none;
    return { ...none, mistakes: [{ file: beside, line: 1, column: 1, path: '', message: `cannot be read: ${reasonOf(error)}` }] };
  }
}

async function warningsOf(
  configuration: Configuration,
  file: string,
  positions: Positions,
  secrets: SecretsFile,
  fileMode: (file: string) => Promise<number | undefined>,
): Promise<readonly Mistake[]> {
  const warnings: Mistake[] = [];
  const mode = secrets.values === undefined ? undefined : await fileMode(secrets.file);
  if (mode !== undefined && (mode & READABLE_BY_OTHERS) !== 0) {
    warnings.push({ file: secrets.file, line: 1, column: 1, path: '', message: `others can read this file; run: chmod 600 ${secrets.file}` });
  }
  const url = configuration.exist && new URL(configuration.exist.url);
  if (url?.protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    warnings.push({ file, ...positions.at(['exist', 'url']), path: 'exist.url', message: 'without https, tokens travel in the clear' });
  }
  return warnings;
}

/** Group and world. */
const READABLE_BY_OTHERS = 0o044;

function located(finding: Finding, file: string, positions: Positions, hidden: ReadonlySet<string>): Mistake {
  const { path, message, suggestion, atKey } = finding;
  const position = atKey ? positions.keyAt(path) : positions.at(path);
  const shown = [...hidden].filter((text) => text.length >= SHORTEST_SECRET).reduce((words, text) => words.replaceAll(text, '•••'), message);
  return { file, ...position, path: formatPath(path), message: shown, ...(suggestion !== undefined && { suggestion }) };
}

/** Shorter texts tell nothing, and hiding them would tear words apart. */
const SHORTEST_SECRET = 4;

/** As they stand in the file; the same mistake found twice is told once. */
function inOrder(mistakes: readonly Mistake[], file: string): readonly Mistake[] {
  const unique = new Map(mistakes.map((each) => [`${each.file}:${each.line}:${each.path}:${each.message}`, each]));
  const order = (one: Mistake, other: Mistake) =>
    Number(one.file !== file) - Number(other.file !== file) || one.line - other.line || one.column - other.column;
  return [...unique.values()].toSorted(order);
}

async function readText(file: string): Promise<string> {
  return readTextFile(file, 'utf8');
}

async function modeOf(file: string): Promise<number | undefined> {
  if (process.platform === 'win32') return undefined;
  try {
    return (await stat(file)).mode;
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}

function reasonOf(error: unknown): string {
  const reasons: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EACCES: 'permission denied', EISDIR: 'this is a folder' };
  const code = codeOf(error) ?? '';
  return reasons[code] ?? (code === '' ? 'unknown reason' : code);
}
