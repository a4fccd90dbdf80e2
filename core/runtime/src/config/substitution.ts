import { join } from 'node:path';

export type Substituted =
  | { readonly ok: true; readonly text: string; readonly used: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** Fills in `${NAME}` and `${NAME:-default}`; `$${` stands for a plain `${`. `used` holds the values of the environment. */
export function substitute(text: string, env: Readonly<Record<string, string | undefined>>): Substituted {
  const used: string[] = [];
  let message: string | undefined;
  const filled = text.replaceAll(REFERENCE, (whole: string, name?: string, fallback?: string) => {
    if (whole === '$${') return '${';
    if (name === undefined) {
      message ??= 'expected ${NAME} or ${NAME:-default}; write $${ for a plain ${';
      return '';
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value !== undefined && (value !== '' || fallback === undefined)) {
      used.push(value);
      return value;
    }
    if (fallback === undefined) message ??= `the environment variable ${name} is not set`;
    return fallback ?? '';
  });
  return message === undefined ? { ok: true, text: filled, used } : { ok: false, message };
}

export function expandHome(text: string, home: string): string {
  return text.startsWith('~/') ? join(home, text.slice(2)) : text;
}

const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|)/g;
