import { Scalar, type Document, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Path } from './mistakes.ts';
import { withoutCredentials } from './redact-url.ts';

export interface RedactedYaml {
  readonly document: Document;
  /** The texts that were taken out. */
  readonly secrets: ReadonlySet<string>;
}

/**
 * `dayfold.yaml` without its secrets and without comments, where secrets lie as often. A place that holds one gets what `stand`
 * gives instead; so does the same text wherever else it stands. References (`!secret name`, `${NAME}`) hold no secret and
 * stay, but for the default of `${NAME:-default}`. Undefined where the text is no YAML.
 */
export function redactYaml(
  text: string,
  isSecretPlace: (path: Path) => boolean,
  stand: (path: Path, text: string) => Scalar,
): RedactedYaml | undefined {
  const document = parsed(text);
  if (document === undefined) return undefined;
  const found = new Map<Scalar, string>();
  collect(document, document.contents, [], isSecretPlace, found, 0);
  const secrets = new Set(found.values());
  const repeated = [...secrets].filter((secret) => secret.length >= SHORTEST);
  visit(document, {
    Node: (_key, node) => withoutComments(node),
    Scalar: (key, node, ancestors) => {
      withoutComments(node);
      if (key === 'key' || node.tag === SECRET_TAG) return undefined;
      const written = textOf(node);
      const isSecret = found.has(node) || repeated.some((secret) => written.includes(secret));
      if (!isSecret) return undefined;
      const standing = stand(pathOf(ancestors, node), written);
      if (node.anchor !== undefined) standing.anchor = node.anchor;
      return standing;
    },
  });
  withoutComments(document);
  return { document, secrets };
}

/** A reference to `secrets.yaml` in place of a secret, named for its place. */
export function secretReference(path: Path): Scalar {
  const reference = new Scalar(path.map(String).join('_').replaceAll(/\W+/g, '_'));
  reference.tag = SECRET_TAG;
  return reference;
}

const SECRET_TAG = '!secret';
/** A shorter text at another place tells nothing. */
const SHORTEST = 5;
const DEEPEST = 64;
const REFERENCE_ALONE = /^(?:\$\{\w+\})+$/;
const WITH_DEFAULT = /\$\{\w+:-[^}]+\}/;

function parsed(text: string): Document | undefined {
  try {
    const document = parseDocument(text, {
      version: '1.2',
      prettyErrors: false,
      customTags: [{ tag: SECRET_TAG, resolve: (name: string) => name }],
    });
    return document.errors.length === 0 ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Follows aliases, so that a secret anchored at a harmless place is found where it is used. */
function collect(
  document: Document,
  node: unknown,
  path: Path,
  isSecretPlace: (path: Path) => boolean,
  found: Map<Scalar, string>,
  depth: number,
): void {
  if (depth > DEEPEST) return;
  const follow = (part: unknown, at: Path): void => collect(document, part, at, isSecretPlace, found, depth + 1);
  if (isAlias(node)) follow(node.resolve(document), path);
  else if (isSeq(node)) for (const [index, item] of node.items.entries()) follow(item, [...path, index]);
  else if (isMap(node))
    for (const { key, value } of node.items) follow(value, [...path, isScalar(key) ? textOf(key) : '']);
  else if (isScalar(node) && node.tag !== SECRET_TAG) {
    const text = textOf(node);
    const isHolding = isSecretPlace(path) ? !REFERENCE_ALONE.test(text) : withoutCredentials(text) !== text;
    if (text !== '' && node.value !== null && typeof node.value !== 'boolean' && (isHolding || WITH_DEFAULT.test(text)))
      found.set(node, text);
  }
}

function withoutComments(node: { comment?: string | null; commentBefore?: string | null }): undefined {
  node.comment = null;
  node.commentBefore = null;
  return undefined;
}

function textOf({ value, source }: Scalar): string {
  return typeof value === 'string' ? value : (source ?? String(value));
}

function pathOf(ancestors: readonly unknown[], node: unknown): Path {
  const path: (string | number)[] = [];
  for (const [index, ancestor] of ancestors.entries()) {
    const next = ancestors[index + 1] ?? node;
    if (isSeq(ancestor)) path.push(ancestor.items.indexOf(next));
    else if (typeof ancestor === 'object' && ancestor !== null && 'key' in ancestor && isScalar(ancestor.key))
      path.push(textOf(ancestor.key));
  }
  return path;
}
