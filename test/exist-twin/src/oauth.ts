import type { TwinState } from './state.ts';
import { SCOPES } from './templates.ts';
import type { Answer } from './respond.ts';
import { consentPage, messagePage } from './pages.ts';

/** `GET` shows the consent page, `approve=1` or its button answers it. */
export function authorize(state: TwinState, query: URLSearchParams, decision: string | undefined): Response {
  const html = (body: string, status: number): Response =>
    new Response(body, { status, headers: { 'content-type': 'text/html; charset=utf-8' } });
  const client = state.grants.known(query.get('client_id') ?? '');
  const redirectUri = query.get('redirect_uri') ?? '';
  if (client === undefined) return html(messagePage('Unknown client'), 400);
  // Byte for byte; a wrong one is never redirected to.
  if (!client.redirectUris.includes(redirectUri))
    return html(messagePage('Redirect URI does not match the registered one'), 400);
  const back = (fields: Record<string, string>): Response => {
    const target = new URL(redirectUri);
    for (const [name, value] of Object.entries(fields)) target.searchParams.set(name, value);
    const given = query.get('state');
    if (given !== null) target.searchParams.set('state', given);
    return new Response(null, { status: 302, headers: { location: target.href } });
  };
  if (query.get('response_type') !== 'code') return back({ error: 'unsupported_response_type' });
  const scopes = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
  if (scopes.length === 0 || scopes.some((scope) => !SCOPES.includes(scope))) return back({ error: 'invalid_scope' });
  if (decision === undefined) return html(consentPage(client.label, scopes, query), 200);
  if (decision !== 'allow') return back({ error: 'access_denied' });
  return back({ code: state.grants.code(client, redirectUri, new Set(scopes)) });
}

export function tokenAnswer(state: TwinState, body: string, contentType: string): Answer {
  const { counters, grants } = state;
  counters.tokenCalls += 1;
  const refused = (status: number, error: string): Answer => ({ status, json: { error } });
  if (!contentType.startsWith('application/x-www-form-urlencoded')) return refused(400, 'invalid_request');
  const form = new URLSearchParams(body);
  const client = grants.known(form.get('client_id') ?? '');
  if (client === undefined || client.clientSecret !== form.get('client_secret')) return refused(401, 'invalid_client');
  switch (form.get('grant_type')) {
    case 'authorization_code': {
      const token = grants.exchange(client, form.get('code') ?? '', form.get('redirect_uri') ?? '');
      return token === undefined ? refused(400, 'invalid_grant') : { status: 200, json: token };
    }
    case 'refresh_token': {
      const token = grants.refresh(client, form.get('refresh_token') ?? '');
      if (token === undefined) return refused(400, 'invalid_grant');
      counters.refreshes += 1;
      return { status: 200, json: token };
    }
    default:
      return refused(400, 'unsupported_grant_type');
  }
}
