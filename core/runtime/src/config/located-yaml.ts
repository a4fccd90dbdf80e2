import {
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  type Scalar,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
} from 'yaml';
import { formatPath, type Mistake, type Path } from './mistakes.ts';
import { Positions } from './positions.ts';

/** A scalar of the file before it becomes a value. */
export interface ScalarText {
  readonly path: Path;
  readonly value: unknown;
  /** As it was written. */
  readonly source: string | undefined;
  readonly isSecret: boolean;
}

export interface LocatedYaml {
  readonly value: unknown;
  readonly positions: Positions;
  readonly mistakes: readonly Mistake[];
}

/** Reads YAML 1.2 with the place of everything in it; `resolve` says what a scalar stands for, or what is wrong with it. */
export function readLocatedYaml(
  file: string,
  text: string,
  resolve: (scalar: ScalarText) => { readonly value: unknown } | { readonly mistake: string },
): LocatedYaml {
  if (text.length > MOST_CHARACTERS) return hopeless(file, 'the file is larger than a configuration can be (1 MB)');
  const tooDeep = placeTooDeep(text);
  if (tooDeep !== undefined) return hopeless(file, TOO_DEEP, text.slice(0, tooDeep));
  try {
    return new Reader(file, text, resolve).read();
  } catch (error) {
    if (error instanceof RangeError) return hopeless(file, TOO_DEEP);
    return hopeless(file, 'cannot be read as YAML');
  }
}

const MOST_CHARACTERS = 1_000_000;
/** Far above any configuration; keeps a few nested aliases from growing into gigabytes. */
const MOST_NODES = 100_000;
const MOST_ALIASES = 1000;
const DEEPEST = 64;
const TOO_DEEP = `things stand inside each other more than ${DEEPEST} deep`;
const SECRET_TAG = '!secret';
const REFERENCE_HINT = '(inside { } and [ ] a reference needs quotes: "${NAME}")';

/** The library's own sentences can quote the text, which may be a secret. */
const SENTENCES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands here twice',
  BAD_ALIAS: 'an alias (*name) without its anchor (&name); text that begins with * needs quotes',
  TAG_RESOLVE_FAILED: 'unknown tag; the known one is !secret, and text that begins with ! needs quotes',
  TAB_AS_INDENT: 'a tab is no indentation in YAML; use spaces',
  MULTIPLE_DOCS: 'expected one document; remove the line ---',
  UNEXPECTED_TOKEN: 'this does not belong here; is a quote, a colon or the indentation wrong?',
  BAD_SCALAR_START: 'text that begins with this character needs quotes',
  BAD_INDENT: 'the indentation is wrong',
  MISSING_CHAR: 'a character is missing here: a closing quote or bracket, or a comma or colon',
  BLOCK_AS_IMPLICIT_KEY: 'keys and values cannot be nested on one line; is a quote missing, or the indentation wrong?',
  MULTILINE_IMPLICIT_KEY: 'a key stands on one line; is its colon missing?',
  IMPOSSIBLE: 'cannot be read as YAML',
};

/** `before` is the text before the place. */
function hopeless(file: string, message: string, before = ''): LocatedYaml {
  const lines = before.split('\n');
  const [line, column] = [lines.length, (lines.at(-1) ?? '').length + 1];
  return { value: {}, positions: new Positions(), mistakes: [{ file, line, column, path: '', message }] };
}

/** Tokens of the lexer that are not of the text. */
const MARKS: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f']);

/** Brackets with nothing between them that might hide the second: a quote, a comment, further ones. */
const CLOSED_ON_ITS_LINE = /[[{][^"'#[\]{}\r\n]*[\]}]/g;

/** Of the first bracket that is too deep: before the parser sees them, which takes seconds for some 100,000. */
function placeTooDeep(text: string): number | undefined {
  // What closes on its line is no more than one deeper than what stands around it; of most files nothing else is left.
  const around = text.replaceAll(CLOSED_ON_ITS_LINE, '').match(/[[{]/g) ?? [];
  if (around.length < DEEPEST) return undefined;
  let [depth, offset] = [0, 0];
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > DEEPEST) return offset;
    if (!MARKS.has(token)) offset += token.length;
  }
  return undefined;
}

class Reader {
  readonly #file: string;
  readonly #text: string;
  readonly #resolve: Parameters<typeof readLocatedYaml>[2];
  readonly #lines = new LineCounter();
  readonly #document: ReturnType<typeof parseDocument>;
  readonly #positions = new Positions();
  readonly #mistakes: Mistake[] = [];
  readonly #open = new Set<Node>();
  readonly #anchors = new Map<string, Node>();
  #nodes = 0;
  #aliases = 0;

  constructor(file: string, text: string, resolve: Parameters<typeof readLocatedYaml>[2]) {
    this.#file = file;
    this.#text = text;
    this.#resolve = resolve;
    this.#document = parseDocument(text, {
      version: '1.2',
      lineCounter: this.#lines,
      prettyErrors: false,
      customTags: [{ tag: SECRET_TAG, resolve: (name: string) => name }],
    });
  }

  read(): LocatedYaml {
    for (const problem of [...this.#document.errors, ...this.#document.warnings]) {
      // The library gives up on the stack of its own, and tells that as a mistake of the file.
      const known = /call stack/i.test(problem.message) ? TOO_DEEP : SENTENCES[problem.code];
      const sentence = known ?? withoutQuotations(problem.message);
      this.#report(
        [],
        problem.pos[0],
        this.#holdsReference(problem.pos[0]) ? `${sentence} ${REFERENCE_HINT}` : sentence,
      );
    }
    const root: unknown = this.#document.contents;
    const value = this.#mistakes.length > 0 || root === null ? {} : this.#value(root as Node, [], undefined);
    return { value: value ?? {}, positions: this.#positions, mistakes: this.#mistakes };
  }

  #holdsReference(offset: number): boolean {
    const start = this.#text.lastIndexOf('\n', offset - 1) + 1;
    return /[{[,].*\$\{/.test(this.#text.slice(start, offset));
  }

  #value(node: Node | null, path: Path, key: Node | undefined): unknown {
    const keyOffset = key?.range?.[0];
    this.#positions.set(
      path,
      this.#place(node?.range?.[0] ?? keyOffset),
      keyOffset === undefined ? undefined : this.#place(keyOffset),
    );
    if (node === null) return null;
    this.#nodes += 1;
    if (this.#nodes > MOST_NODES)
      return this.#once(node, 'more values than a configuration can hold; are aliases nested?');
    if (path.length > DEEPEST) return this.#once(node, TOO_DEEP);
    if (!isAlias(node) && 'anchor' in node && typeof node.anchor === 'string') this.#anchors.set(node.anchor, node);
    if (isAlias(node)) return this.#aliased(node.source, node, path, key);
    if (isScalar(node)) return this.#scalar(node, path);
    if (this.#open.has(node)) return this.#once(node, 'an alias (*name) inside its own anchor');
    this.#open.add(node);
    try {
      if (isSeq(node))
        return node.items.map((item, index) => this.#value(item as Node | null, [...path, index], undefined));
      return isMap(node) ? this.#map(node.items as Pair<Node | null, Node | null>[], path) : null;
    } finally {
      this.#open.delete(node);
    }
  }

  /** An alias means the anchor of that name last seen above it. */
  #aliased(name: string, node: Node, path: Path, key: Node | undefined): unknown {
    this.#aliases += 1;
    if (this.#aliases > MOST_ALIASES) return this.#once(node, `more than ${MOST_ALIASES} aliases`);
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) return this.#once(node, SENTENCES.BAD_ALIAS ?? '');
    return this.#value(anchored, path, key);
  }

  #scalar(node: Scalar, path: Path): unknown {
    const resolved = this.#resolve({
      path,
      value: node.value,
      source: node.source,
      isSecret: node.tag === SECRET_TAG,
    });
    if ('value' in resolved) return resolved.value;
    this.#report(path, node.range?.[0] ?? 0, resolved.mistake);
    return undefined;
  }

  #map(items: readonly Pair<Node | null, Node | null>[], path: Path): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const merged: Record<string, unknown>[] = [];
    for (const { key, value } of items) {
      if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') {
        const given = this.#value(value, [...path, '<<'], key);
        for (const part of Array.isArray(given) ? given : [given]) {
          if (typeof part === 'object' && part !== null) merged.push(part as Record<string, unknown>);
          else this.#report(path, key.range?.[0] ?? 0, 'expected a group of keys (or a list of them) to merge');
        }
        continue;
      }
      if (!isScalar(key) || key.value === null || key.tag === SECRET_TAG) {
        this.#report(
          path,
          (key ?? value)?.range?.[0] ?? 0,
          'expected a name as key; text such as "{a}: b" needs quotes',
        );
        continue;
      }
      const name = typeof key.value === 'string' ? key.value : (key.source ?? JSON.stringify(key.value));
      if (name === '__proto__') this.#report(path, key.range?.[0] ?? 0, 'this name cannot be a key');
      else if (Object.hasOwn(map, name))
        this.#report([...path, name], key.range?.[0] ?? 0, SENTENCES.DUPLICATE_KEY ?? '');
      else map[name] = this.#value(value, [...path, name], key);
    }
    return merged.length === 0 ? map : Object.assign({}, ...merged.toReversed(), map);
  }

  /** Of the file as a whole: the same cause can show at thousands of places, and what else is wrong follows from it. */
  #once(node: Node, message: string): undefined {
    if (!this.#mistakes.some((mistake) => mistake.message === message)) this.#report([], node.range?.[0] ?? 0, message);
    return undefined;
  }

  #report(path: Path, offset: number, message: string): void {
    this.#mistakes.push({ file: this.#file, ...this.#place(offset), path: formatPath(path), message });
  }

  #place(offset: number | undefined) {
    const { line, col } = this.#lines.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function withoutQuotations(message: string): string {
  return message.replaceAll(/: .*$/gs, '').replaceAll(/"[^"]*"|'[^']*'/g, '…');
}
