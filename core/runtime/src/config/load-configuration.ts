import { readFile as readTextFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, resolve as resolvePath } from 'node:path';
import type { Configuration } from './configuration.ts';
import { withoutTexts } from './hidden-texts.ts';
import type { Finding } from './issues.ts';
import { readLocatedYaml, type ScalarText } from './located-yaml.ts';
import { formatPath, type Mistake } from './mistakes.ts';
import { nameOf, type Positions } from './positions.ts';
import { resolveFile } from './resolve-file.ts';
import { readSecrets, type SecretsFile, secretsFileBeside } from './secrets-file.ts';
import { checkOptions, type PluginSchema } from './sources.ts';
import type { Places } from './source-paths.ts';
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
  /** Given: a source that would read in there is a mistake. */
  readonly dataFolder?: string;
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
    return {
      ok: false,
      mistakes: [{ file, line: 1, column: 1, path: '', message: `cannot be read: ${reasonOf(error)}` }],
    };
  }
  const secrets = await secretsFor(text, file, readFile);
  const hidden = new Set<string>();
  const textual = new Set<string>();
  const resolve = (scalar: ScalarText) => resolveScalar(scalar, { env, home, secrets, hidden, textual });
  const read = readLocatedYaml(file, text, resolve);
  const { mistakes: unreadable, positions } = read;
  const { dataFolder: data } = options;
  const places = { folder: dirname(resolvePath(file)), home, ...(data !== undefined && { data }) };
  origins.set(positions, { file, hidden, textual, places });
  const { configuration, findings } = await resolveFile(read.value, textual, options.pluginSchema, places);
  // A value that could not be filled in is missing, but its own mistake says why.
  const told = new Set(unreadable.map((mistake) => mistake.path));
  const isReadable = !unreadable.some((mistake) => mistake.path === '');
  const untold = isReadable ? findings.filter((each) => !told.has(formatPath(each.path))) : [];
  const mistakes = [
    ...secrets.mistakes,
    ...unreadable,
    ...untold.map((each) => located(each, file, positions, hidden)),
  ];
  if (mistakes.length > 0 || configuration === undefined) return { ok: false, mistakes: inOrder(mistakes, file) };
  return {
    ok: true,
    configuration,
    positions,
    warnings: await warningsOf(configuration, file, positions, secrets, fileMode),
  };
}

/** Checks the options of sources once the plugins are known; as `loadConfiguration` does when it is given their schemas. */
export async function checkSources(loaded: Loaded, pluginSchema: PluginSchema): Promise<LoadResult> {
  const { configuration, positions } = loaded;
  const { file, hidden, textual, places } = origins.get(positions) ?? UNKNOWN_ORIGIN;
  const results = await Promise.all(
    configuration.sources.map((source) => checkOptions(source, pluginSchema, textual, places)),
  );
  const mistakes = results.flatMap((result) => result.findings.map((each) => located(each, file, positions, hidden)));
  if (mistakes.length > 0) return { ok: false, mistakes: inOrder(mistakes, file) };
  return { ...loaded, configuration: { ...configuration, sources: results.map((result) => result.source) } };
}

/** Kept aside, so that nobody who prints a configuration prints what it hides. */
interface Origin {
  readonly file: string;
  /** Texts that no message may hold. */
  readonly hidden: ReadonlySet<string>;
  /** Places whose text came from the environment or a secret. */
  readonly textual: ReadonlySet<string>;
  readonly places: Places;
}
const origins = new WeakMap<Positions, Origin>();
const UNKNOWN_ORIGIN: Origin = {
  file: 'dayfold.yaml',
  hidden: new Set(),
  textual: new Set(),
  places: { folder: resolvePath(), home: homedir() },
};

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly secrets: SecretsFile;
  readonly hidden: Set<string>;
  readonly textual: Set<string>;
}

function resolveScalar(scalar: ScalarText, { env, home, secrets, hidden, textual }: Surroundings) {
  if (scalar.isSecret) {
    const name = String(scalar.value);
    if (secrets.values === undefined)
      return { mistake: `!secret ${name}: there is no ${basename(secrets.file)} beside this file` };
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

async function secretsFor(
  text: string,
  file: string,
  readFile: (file: string) => Promise<string>,
): Promise<SecretsFile> {
  const beside = secretsFileBeside(file);
  const none: SecretsFile = { file: beside, values: undefined, mistakes: [] };
  if (!text.includes('!secret')) return none;
  try {
    return readSecrets(beside, await readFile(beside));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return none;
    return {
      ...none,
      mistakes: [{ file: beside, line: 1, column: 1, path: '', message: `cannot be read: ${reasonOf(error)}` }],
    };
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
    warnings.push({
      file: secrets.file,
      line: 1,
      column: 1,
      path: '',
      message: `others can read this file; run: chmod 600 ${secrets.file}`,
    });
  }
  const url = configuration.exist && new URL(configuration.exist.url);
  if (url?.protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    warnings.push({
      file,
      ...positions.at(['exist', 'url']),
      path: 'exist.url',
      message: 'without https, tokens travel in the clear',
    });
  }
  return warnings;
}

/** Group and world. */
const READABLE_BY_OTHERS = 0o044;

function located(finding: Finding, file: string, positions: Positions, hidden: ReadonlySet<string>): Mistake {
  const { path, message, suggestion, atKey } = finding;
  const position = atKey ? positions.keyAt(path) : positions.at(path);
  const shown = withoutTexts(message, hidden);
  return { file, ...position, path: formatPath(path), message: shown, ...(suggestion !== undefined && { suggestion }) };
}

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
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    EISDIR: 'this is a folder',
  };
  const code = codeOf(error) ?? '';
  return reasons[code] ?? (code === '' ? 'unknown reason' : code);
}
