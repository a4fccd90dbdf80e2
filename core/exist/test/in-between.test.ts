import { Secret } from '@dayfold/runtime';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Agent } from 'undici';
import { afterAll, expect, test } from 'vitest';
import { UndiciExistGateway } from '../src/undici-exist-gateway.ts';

const PAGE = '<html><body>403 Forbidden: blocked by policy</body></html>';
const CLIENT = { clientId: 'client-7', clientSecret: new Secret('a-client-secret') };
const CODE = 'a-code';
const TOKEN = new Secret('a-secret-token');
const steps = { name: 'steps', date: '2026-03-29', value: 4200 } as const;
const closing: (() => void)[] = [];

afterAll(() => {
  for (const close of closing) close();
});

async function answering(status: number, body: string, type: string): Promise<UndiciExistGateway> {
  const server = createServer((_request, response) => {
    response.writeHead(status, type === '' ? {} : { 'content-type': type });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return new UndiciExistGateway({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

test.each([401, 403, 404, 407, 451])(
  'a page under %i is trouble on the way, not an answer of Exist',
  async (status) => {
    const gateway = await answering(status, PAGE, 'text/html; charset=utf-8');
    for (const outcome of [await gateway.update(TOKEN, [steps]), await gateway.refresh(CLIENT, TOKEN)]) {
      expect(outcome).toMatchObject({ status: 'unclear', message: expect.stringContaining(`answered ${status}`) });
      expect(outcome).toMatchObject({ message: expect.stringContaining('a proxy or a firewall may be in the way') });
    }
  },
);

test('a 403 without JSON is no missing scope, a 403 in JSON is', async () => {
  expect(await (await answering(403, '', '')).update(TOKEN, [steps])).toMatchObject({ status: 'unclear' });
  const scope = await answering(403, '{"detail":"No permission"}', 'application/json');
  expect(await scope.update(TOKEN, [steps])).toEqual({ status: 'forbidden' });
});

test('a 401 of Exist is one whether it says more or not', async () => {
  expect(await (await answering(401, '', '')).update(TOKEN, [steps])).toEqual({ status: 'unauthorised' });
});

test.each([401, 400])('a client that is not known (%i) is told from a token that is over', async (status) => {
  const unknown = await answering(status, '{"error":"invalid_client"}', 'application/json');
  expect(await unknown.refresh(CLIENT, TOKEN)).toEqual({
    status: 'misconfigured',
    message: 'Exist does not know the client: client_id or client_secret is wrong',
  });
  expect(await unknown.exchangeCode(CLIENT, CODE, 'http://localhost/')).toMatchObject({ status: 'misconfigured' });
  const over = await answering(status, '{"error":"invalid_grant"}', 'application/json');
  expect(await over.refresh(CLIENT, TOKEN)).toEqual({ status: 'unauthorised' });
});

test.each([
  ['self-signed', false, 'it is self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['expired', true, 'it has expired; check the clock', 'CERT_HAS_EXPIRED'],
  ['elsewhere', true, 'it is for another host', 'ERR_TLS_CERT_ALTNAME_INVALID'],
])('a certificate that is %s is named as such, and nothing is sent', async (name, isKnown, reason, code) => {
  let requests = 0;
  // Key and certificate in one file, for localhost or another name; good for nothing else.
  const pem = readFileSync(join(import.meta.dirname, 'certificates', `${name}.pem`));
  const server = createTlsServer({ key: pem, cert: pem }, (_request, response) => {
    requests += 1;
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dispatcher = new Agent({ connect: isKnown ? { ca: pem } : {} });
  closing.push(() => {
    server.close();
    void dispatcher.close();
  });
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const outcome = await new UndiciExistGateway({ url, dispatcher }).update(TOKEN, [steps]);
  expect(outcome).toMatchObject({ status: 'unreachable' });
  const { message } = outcome as { readonly message: string };
  expect(message).toContain(`Exist's certificate is not trusted: ${reason}`);
  expect(message).toContain(`(${code}); nothing was sent`);
  expect(requests).toBe(0);
});
