import { addDays } from './days.ts';
import type { TwinState } from './state.ts';

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;width:100%;margin-bottom:1.5rem}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}
td.n{text-align:right;font-variant-numeric:tabular-nums}h2{margin:1.5rem 0 .3rem;text-transform:capitalize}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}th,td{border-color:#444}}`;
const DAYS_SHOWN = 7;

/** The account as its owner would see it at Exist. */
export function accountPage(state: TwinState): string {
  const { account } = state;
  const today = account.today();
  const days = Array.from({ length: DAYS_SHOWN }, (_, back) => addDays(today, -back));
  const groups = Map.groupBy(account.attributes.values(), (one) => one.group);
  const sections = [...groups].map(([group, attributes]) => {
    const rows = attributes.map((one) => {
      const owner = one.service === undefined ? 'inactive' : (account.labels.get(one.service) ?? one.service);
      const cells = days.map((day) => `<td class="n">${escaped(one.rows.get(day) ?? '–')}</td>`).join('');
      return `<tr><th scope="row">${escaped(one.label)}</th><td>${escaped(owner)}</td>${cells}</tr>`;
    });
    const head = days.map((day) => `<th scope="col">${day.slice(5)}</th>`).join('');
    return `<h2>${escaped(group)}</h2><table><tr><th scope="col">Attribute</th><th scope="col">Filled by</th>${head}</tr>${rows.join('')}</table>`;
  });
  const counters = Object.entries(state.counters.snapshot())
    .map(([name, value]) => `<tr><th scope="row">${name}</th><td>${escaped(JSON.stringify(value))}</td></tr>`)
    .join('');
  const empty = '<p>No attributes yet. They appear here as soon as a client acquires or creates some.</p>';
  return document(
    'Exist twin',
    `<p>A stand-in for Exist on this machine. Today is ${today} in ${escaped(account.timezone)}.</p>
${sections.length === 0 ? empty : sections.join('\n')}<h2>Requests</h2><table>${counters}</table>`,
    '<meta http-equiv="refresh" content="5">',
  );
}

export function consentPage(client: string, scopes: readonly string[], query: URLSearchParams): string {
  const fields = [...query]
    .map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`)
    .join('');
  const list = scopes.map((scope) => `<li>${escaped(scope)}</li>`).join('');
  return document(
    'Allow access?',
    `<p><strong>${escaped(client)}</strong> asks for:</p><ul>${list}</ul>
<form method="post" action="/oauth2/authorize">${fields}<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></form>`,
  );
}

export function messagePage(message: string): string {
  return document('Exist twin', `<p>${escaped(message)}</p>`);
}

function document(title: string, body: string, head = ''): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}<title>${title}</title><style>${STYLE}</style></head><body><h1>${title}</h1>${body}</body></html>`;
}

function escaped(value: unknown): string {
  return String(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
