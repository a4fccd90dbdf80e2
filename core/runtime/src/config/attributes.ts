import { VALUE_TYPES, type AttributeConfiguration, type SourceConfiguration, type ValueType } from './configuration.ts';
import { EXIST_TEMPLATES, type ExistTemplate } from './exist-templates.ts';
import { unsuitable } from './fold.ts';
import type { Finding } from './issues.ts';
import { closest } from './mistakes.ts';
import type { AttributeContents } from './schema.ts';
import { wrongReference } from './series-reference.ts';

/** Fills in what the template and the defaults say, and finds what does not go together. Without accounts all is local. */
export function resolveAttribute(
  name: string,
  given: AttributeContents,
  accounts: readonly string[] | undefined,
): { readonly attribute: AttributeConfiguration | undefined; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const report = (key: string | readonly (string | number)[], message: string, suggestion?: string) => {
    const path = ['attributes', name, ...(typeof key === 'string' ? (key === '' ? [] : [key]) : key)];
    findings.push({ path, message, suggestion, atKey: key === '' });
  };
  const template = EXIST_TEMPLATES.get(given.template ?? name);
  if (given.template !== undefined && template === undefined) {
    report('template', 'unknown template of Exist', closest(given.template, EXIST_TEMPLATES.keys()));
    return { attribute: undefined, findings };
  }
  const account = accountOf(given, accounts, report);
  const kind = template === undefined ? customKind(name, given, report) : templateKind(template, given, report);
  if (kind === undefined) return { attribute: undefined, findings };

  const fold = given.fold ?? { kind: 'last' as const };
  const misfit = unsuitable(fold, kind.type);
  if (misfit !== undefined) report(given.fold === undefined ? '' : 'fold', misfit);
  if (given.glitch !== undefined && fold.kind !== 'increase') report('glitch', 'only the fold increase knows glitches');
  const twice = given.from.findIndex((series, index) => given.from.indexOf(series) < index);
  if (twice !== -1) report(['from', twice], `${given.from[twice]} is named twice; leave one out`);
  if (given.scale === 0) report('scale', 'a scale of 0 makes every value 0');
  if (given.write === 'increment' && !['integer', 'float', 'duration'].includes(kind.type)) {
    report('write', `Exist increments only the types integer, float and duration, not ${kind.type}`);
  }
  const attribute: AttributeConfiguration = {
    name,
    account,
    from: given.from,
    combine: given.combine,
    fold: fold.kind === 'increase' && given.glitch !== undefined ? { ...fold, glitchMs: given.glitch } : fold,
    when: given.when,
    span: given.span ?? (kind.type === 'duration' ? 'split' : 'end'),
    staleMs: given.stale,
    unit: given.unit,
    scale: given.scale,
    offset: given.offset,
    round: given.round,
    write: given.write,
    template: template?.name,
    label: given.label ?? spoken(name),
    group: kind.group,
    type: kind.type,
    targetUnit: template?.unit,
  };
  return { attribute, findings };
}

/** Reads the attribute as it is written, so that one that is wrong otherwise is told of its series too. */
export function wrongReferences(
  name: string,
  given: unknown,
  sources: readonly Pick<SourceConfiguration, 'name' | 'options'>[],
): readonly Finding[] {
  const from: unknown = typeof given === 'object' && given !== null && 'from' in given ? given.from : [];
  return (Array.isArray(from) ? from : [from]).flatMap((reference: unknown, index): Finding[] => {
    const wrong = typeof reference === 'string' ? wrongReference(reference, sources) : undefined;
    const path = ['attributes', name, 'from', ...(Array.isArray(from) ? [index] : [])];
    return wrong === undefined ? [] : [{ path, message: wrong.message, suggestion: wrong.suggestion }];
  });
}

/** Exist keeps one attribute for a template or a label; two of ours would overwrite each other. */
export function twins(attributes: readonly AttributeConfiguration[]): readonly Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, AttributeConfiguration>();
  for (const attribute of attributes) {
    const existName = attribute.template ?? attribute.label.trim().toLowerCase().replaceAll(/\s+/g, '_');
    const key = `${attribute.account} ${existName}`;
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, attribute);
      continue;
    }
    const what = attribute.template === undefined ? `label "${attribute.label}"` : `template ${attribute.template}`;
    findings.push({
      path: ['attributes', attribute.name],
      atKey: true,
      message: `the ${what} is taken by the attribute ${first.name} of the same account`,
    });
  }
  return findings;
}

type Report = (key: string | readonly (string | number)[], message: string, suggestion?: string) => void;
interface Kind {
  readonly group: string;
  readonly type: ValueType;
}

function accountOf(given: AttributeContents, accounts: readonly string[] | undefined, report: Report): string {
  if (accounts === undefined) return given.account ?? 'me';
  if (given.account !== undefined) {
    if (!accounts.includes(given.account))
      report('account', `there is no account named ${given.account}`, closest(given.account, accounts));
    return given.account;
  }
  if (accounts.includes('me')) return 'me';
  const [only] = accounts;
  if (only === undefined || accounts.length > 1)
    report('', `account is missing: expected one of ${accounts.join(', ')}`);
  return only ?? 'me';
}

function templateKind(template: ExistTemplate, given: AttributeContents, report: Report): Kind {
  const type = VALUE_TYPES[template.valueType] ?? 'float';
  if (given.type !== undefined && given.type !== type)
    report('type', `the template ${template.name} has the type ${type}; leave this out`);
  if (given.group !== undefined && given.group !== template.group) {
    report('group', `the template ${template.name} stands in the group ${template.group}; leave this out`);
  }
  return { group: template.group, type };
}

function customKind(name: string, given: AttributeContents, report: Report): Kind | undefined {
  const { group } = given;
  const type = VALUE_TYPES.find((known) => known === given.type);
  if (group === undefined || type === undefined) {
    const missing = [group === undefined ? 'group' : '', type === undefined ? 'type' : ''].filter((key) => key !== '');
    report(
      '',
      `${missing.join(' and ')} missing: ${name} is no template of Exist, so it says what it is`,
      closest(name, EXIST_TEMPLATES.keys()),
    );
    return undefined;
  }
  if (type === 'time_of_day_from_midday')
    report('type', 'Exist keeps this type for templates such as sleep_start; use time_of_day');
  if (group === 'custom' && type !== 'boolean') report('group', 'the group custom takes only the type boolean');
  return { group, type };
}

function spoken(name: string): string {
  const text = name.replaceAll('_', ' ').trim();
  return text === '' ? name : text.slice(0, 1).toUpperCase() + text.slice(1);
}
