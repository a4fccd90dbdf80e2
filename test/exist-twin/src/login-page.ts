import type { Grants } from './grants.ts';
import { escaped, html } from './reply.ts';
import type { Reply } from './reply.ts';
import { SCOPES } from './templates.ts';

/**
 * The page on which the person allows or denies a client. `approve=1` in the address is the button Allow, `approve=0`
 * the button Deny. The redirect URI must be one that the client registered, to the byte: else nobody is sent anywhere.
 */
export function loginPage(grants: Grants, url: URL): Reply {
  const query = url.searchParams;
  const client = grants.known(query.get('client_id') ?? '');
  const redirectUri = query.get('redirect_uri') ?? '';
  if (client === undefined) return html('<h1>Invalid client</h1><p>No application has this client_id.</p>', 400);
  if (!client.redirectUris.includes(redirectUri))
    return html(
      `<h1>Invalid redirect URI</h1><p>${escaped(redirectUri)} is not registered for ${escaped(client.label)}.</p>`,
      400,
    );
  const scopes = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
  const back = (answer: Record<string, string>): Reply => {
    const address = new URL(redirectUri);
    for (const [name, value] of Object.entries(answer)) address.searchParams.set(name, value);
    const state = query.get('state');
    if (state !== null) address.searchParams.set('state', state);
    return { status: 302, headers: { location: address.href } };
  };
  if (query.get('response_type') !== 'code') return back({ error: 'unsupported_response_type' });
  if (scopes.length === 0 || scopes.some((scope) => !SCOPES.includes(scope))) return back({ error: 'invalid_scope' });
  if (query.get('approve') === '0') return back({ error: 'access_denied' });
  if (query.get('approve') === '1') return back({ code: grants.code(client, redirectUri, new Set(scopes)) });
  const kept = [...query]
    .map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`)
    .join('');
  return html(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Allow ${escaped(client.label)}?</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 32rem; padding: 0 1rem; color-scheme: light dark }
button { font: inherit; padding: .4rem 1.2rem; margin-right: .6rem }</style>
<h1>Allow ${escaped(client.label)}?</h1>
<p>It asks for:</p><ul>${scopes.map((scope) => `<li>${escaped(scope)}`).join('')}</ul>
<form method="get" action="/oauth2/authorize">${kept}<button name="approve" value="1">Allow</button><button name="approve" value="0">Deny</button></form>
</html>`);
}
