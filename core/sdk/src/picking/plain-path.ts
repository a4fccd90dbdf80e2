import type jsonata from 'jsonata';

/** Answer of a plain path that met a list it has no index for: jsonata maps over the list, so jsonata must be asked. */
export const MEETS_LIST: unique symbol = Symbol('a list is met');

/** Names joined by dots, as jsonata reads them. */
const NAMES = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;
/** These mean something else to jsonata. */
const RESERVED = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

type Step = { readonly name: string | undefined; readonly index: number | undefined };
type Node = jsonata.ExprNode & { predicate?: Stage[]; keepArray?: boolean; keepSingletonArray?: boolean };
type Stage = { readonly type: string; readonly expr?: jsonata.ExprNode };

/** A getter for names alone, such as `a.b`, told from the text: no jsonata is needed. Undefined for all else. */
export function namedPath(text: string): ((input: unknown) => unknown) | undefined {
  if (!NAMES.test(text)) return undefined;
  const names = text.split('.');
  return names.some((name) => RESERVED.has(name))
    ? undefined
    : getterOf(names.map((name) => ({ name, index: undefined })));
}

/** A getter for paths such as `a.b[0].c`, `$` and `$[0]`; undefined when the expression is more than a path. */
export function plainPath(ast: jsonata.ExprNode): ((input: unknown) => unknown) | undefined {
  const nodes = (ast.type as string) === 'path' ? (ast.steps as Node[]) : [ast as Node];
  if ((ast as Node).keepSingletonArray === true) return undefined;
  const steps: Step[] = [];
  for (const [position, node] of nodes.entries()) {
    const step = stepOf(node, position === 0);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return getterOf(steps);
}

function getterOf(steps: readonly Step[]): (input: unknown) => unknown {
  const [only] = steps;
  // Most paths are one name.
  if (steps.length === 1 && only?.name !== undefined && only.index === undefined) {
    const { name } = only;
    return (input) => (Array.isArray(input) ? MEETS_LIST : own(input, name));
  }
  return (input) => follow(steps, input);
}

function stepOf(node: Node, isFirst: boolean): Step | undefined {
  const isInput = isFirst && node.type === 'variable' && node.value === '';
  if (!isInput && node.type !== 'name') return undefined;
  if (node.keepArray === true || Object.keys(node).some((key) => !KNOWN.has(key))) return undefined;
  const filters = [...((node.stages as Stage[] | undefined) ?? []), ...(node.predicate ?? [])];
  if (filters.length > 1) return undefined;
  const [filter] = filters;
  if (filter === undefined) return { name: isInput ? undefined : String(node.value), index: undefined };
  if (filter.type !== 'filter' || filter.expr?.type !== 'number' || !Number.isInteger(filter.expr.value))
    return undefined;
  return { name: isInput ? undefined : String(node.value), index: filter.expr.value as number };
}

const KNOWN = new Set(['type', 'value', 'position', 'stages', 'predicate', 'keepArray']);

function follow(steps: readonly Step[], input: unknown): unknown {
  let value = input;
  for (const { name, index } of steps) {
    if (name !== undefined) {
      if (Array.isArray(value)) return MEETS_LIST;
      value = own(value, name);
    }
    if (index !== undefined) {
      if (Array.isArray(value)) value = value[index < 0 ? value.length + index : index] as unknown;
      else if (index !== 0 && index !== -1) return undefined;
    }
    if (value === undefined) return undefined;
  }
  return value;
}

/** Only what the data itself carries: never what every object inherits. */
function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (name === '__proto__' || name === 'constructor' || name === 'prototype') return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
