import { Clock, definePlugin, Health, Inbound, Readings, secret } from '@dayfold/sdk';
import type { InboundRequest, InboundResponse } from '@dayfold/sdk';
import { parseJson } from '@dayfold/sdk/picking';
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { DocumentPicker } from './document-picker.ts';
import { itemsOption, seriesOption } from './options.ts';
import { WrongTokens } from './wrong-tokens.ts';

const LARGEST_BODY = 1024 * 1024;

const options = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9-]+$/, { error: 'expected lower-case letters, digits and dashes' })
    .meta({ title: 'Name', description: 'Others push to /in/NAME of the web address' }),
  token: secret().meta({ title: 'Token', description: 'Sent as "Authorization: Bearer", as "X-Token" or as ?token=' }),
  items: itemsOption,
  series: seriesOption,
});

/**
 * Takes JSON that others push. A push is answered 202 once its readings are durable, so that the sender may forget it; one
 * without any reading is answered 422 with what is missing, so that who sets it up sees it.
 */
export const webhook = definePlugin({
  name: 'webhook',
  config: options,
  inject: [Readings, Health, Inbound, Clock],
  source: (config, readings, health, inbound, clock) => {
    const picker = new DocumentPicker(config.series, config.items, health);
    const expected = digest(config.token);
    const wrongTokens = new WrongTokens(clock);
    const answer = async (request: InboundRequest): Promise<InboundResponse> => {
      const waitS = wrongTokens.waitS(request.from);
      if (waitS > 0) return said(429, 'too many wrong tokens, try again later', { 'retry-after': String(waitS) });
      if (!timingSafeEqual(digest(tokenOf(request)), expected)) {
        if (wrongTokens.count(request.from)) {
          const where = request.from ?? 'somewhere';
          health.degraded(
            `too many pushes to /in/${config.name} with a wrong token from ${where}: all from there are refused for a minute`,
          );
        }
        return said(401, 'wrong token', { 'www-authenticate': 'Bearer' });
      }
      if (request.method !== 'POST' && request.method !== 'PUT')
        return said(405, 'expected POST', { allow: 'POST, PUT' });
      if (Buffer.byteLength(request.body) > LARGEST_BODY) return said(413, 'expected at most 1 MB');
      let picked;
      try {
        picked = await picker.pick(documentOf(request));
      } catch (error) {
        const reason = `unreadable: ${(error as Error).message}`;
        health.misfit(reason, request.body.slice(0, 200));
        return said(400, reason);
      }
      if (picked.readings.length === 0) {
        const missing = picked.complaint ?? 'there is no item in it';
        health.misfit('a push without a reading', `${missing}: ${request.body}`);
        return said(422, missing);
      }
      try {
        await readings.emit(picked.readings);
      } catch (error) {
        health.degraded((error as Error).message);
        return said(503, 'could not be stored, send it again', { 'retry-after': '60' });
      }
      health.ok();
      return said(202, `${picked.readings.length} readings stored`);
    };
    return { start: (signal) => inbound.listen(config.name, signal, answer) };
  },
});

function documentOf({ headers, body }: InboundRequest): unknown {
  // "curl -d" calls JSON a form unless told otherwise; a form has its braces encoded.
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true && !/^\s*[[{]/.test(body)) {
    return Object.fromEntries(new URLSearchParams(body));
  }
  return parseJson(body);
}

function tokenOf({ headers, query }: InboundRequest): string {
  const bearer = /^Bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1];
  return bearer ?? headers['x-token'] ?? query['token'] ?? '';
}

/** Digests have one length, so that comparing them tells nothing about the token. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function said(status: number, message: string, headers: Readonly<Record<string, string>> = {}): InboundResponse {
  return { status, body: JSON.stringify({ message }), headers: { 'content-type': 'application/json', ...headers } };
}
