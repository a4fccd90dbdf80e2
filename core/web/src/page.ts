import { createHash } from 'node:crypto';

const STYLE = 'body{font:1rem/1.5 sans-serif;max-width:40em;margin:4em auto;padding:0 1em;color-scheme:light dark}';

/** For Content-Security-Policy: nothing may load or run in the pages here, and their style is this one. */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** A page of one sentence; what stands in it may come from outside. */
export function page(title: string, text: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>dayfold: ${escaped(title)}</title><style>${STYLE}</style><h1>${escaped(title)}</h1><p>${escaped(text)}</p></html>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
