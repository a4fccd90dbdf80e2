import { parseArgs } from 'node:util';
import { startExistTwin } from './exist-twin.ts';
import { SCOPES } from './templates.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    timezone: { type: 'string' },
    'redirect-uri': { type: 'string', multiple: true },
  },
});

const twin = await startExistTwin({
  port: Number(values.port),
  ...(values.timezone === undefined ? {} : { timezone: values.timezone }),
  ...(values['redirect-uri'] === undefined ? {} : { redirectUris: values['redirect-uri'] }),
});
process.stdout.write(`${JSON.stringify({ url: twin.url, token: twin.issueToken({ scopes: SCOPES }) })}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void twin.close());
