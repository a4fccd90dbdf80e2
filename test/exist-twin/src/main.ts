import { parseArgs } from 'node:util';
import { startExistTwin } from './start-exist-twin.ts';
import { DEFAULT_CLIENT } from './state.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    timezone: { type: 'string' },
    'redirect-uri': { type: 'string', multiple: true },
  },
});

const twin = await startExistTwin({
  port: Number(values.port),
  host: values.host,
  ...(values.timezone === undefined ? {} : { timezone: values.timezone }),
  client: { ...DEFAULT_CLIENT, redirectUris: values['redirect-uri'] ?? DEFAULT_CLIENT.redirectUris },
});
process.stdout.write(`${JSON.stringify({ url: twin.url, token: twin.issueToken(), client: twin.client })}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void twin.close());
