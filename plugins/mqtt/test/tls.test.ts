import { until } from '@dayfold/sdk/testing';
import { once } from 'node:events';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { mqttOptions } from '../src/options.ts';
import { Authority, hasOpenssl } from './certificates.ts';
import { startConsumer, stored } from './consumer-process.ts';
import { freePort, hasMosquitto, openMosquitto, Running, ScriptedBroker } from './doubles.ts';

const SERIES = { plain: { topic: 'plain' } };
/** Without openssl or /usr/sbin/mosquitto these are skipped. */
const hasBoth = hasMosquitto && hasOpenssl;

test.skipIf(!hasBoth)(
  'a certificate is checked against the authority and the name, and what is wrong is said with what to do',
  async () => {
    using authority = new Authority();
    using other = new Authority();
    await using broker = await openTls(authority);
    const start = startOn(broker);
    await start('open', { ca: authority.ca });
    await start('open', { reject_unauthorized: false });
    const unknown = {
      code: 'plugin.not_ready',
      message: `broker at localhost:${broker.ports.open} shows a certificate of an authority that is not known: set tls.ca to the file of the authority that signed it`,
    };
    await expect(start('open', {})).rejects.toMatchObject(unknown);
    await expect(start('open', { ca: other.ca })).rejects.toMatchObject(unknown);
    await expect(start('misnamed', { ca: authority.ca })).rejects.toMatchObject({
      code: 'plugin.not_ready',
      message: `broker at localhost:${broker.ports.misnamed} shows a certificate for another name than localhost: put the name in the certificate into url`,
    });
  },
);

test.skipIf(!hasBoth)(
  'a broker that wants a client certificate gets it, and without one it is a login problem',
  async () => {
    using authority = new Authority();
    using other = new Authority();
    await using broker = await openTls(authority);
    const start = startOn(broker);
    await start('strict', { ca: authority.ca, ...authority.sign('home') });
    const refused = {
      code: 'plugin.login_required',
      message: `broker at localhost:${broker.ports.strict} lets in only clients with a certificate that it knows: set tls.cert and tls.key to the files of one`,
    };
    await expect(start('strict', { ca: authority.ca })).rejects.toMatchObject(refused);
    await expect(start('strict', { ca: authority.ca, ...other.sign('home') })).rejects.toMatchObject(refused);
  },
);

test.skipIf(!hasBoth)('TLS on a port without it, and the other way round, is named', async () => {
  using authority = new Authority();
  await using broker = await openTls(authority);
  await expect(startOn(broker)('plain', { ca: authority.ca })).rejects.toMatchObject({
    code: 'plugin.not_ready',
    message: expect.stringContaining('the port may be one without TLS, as for mqtt://') as string,
  });
  await expect(startOn(broker, 'mqtt')('open', undefined)).rejects.toMatchObject({
    code: 'plugin.not_ready',
    message: expect.stringContaining('the port may be one for mqtts://') as string,
  });
});

test.skipIf(!hasOpenssl)(
  'files that are no certificate, no key or do not belong together are a configuration problem',
  async () => {
    using authority = new Authority();
    await using broker = await ScriptedBroker.open();
    const { cert, key } = authority.sign('home');
    const nonsense = authority.write('nonsense.pem', 'nonsense');
    const message = async (tls: object): Promise<unknown> => {
      await using running = new Running({ url: broker.url, tls, series: SERIES });
      return running.start().catch((error: unknown) => error);
    };
    expect(await message({ ca: nonsense })).toMatchObject({
      code: 'plugin.config_invalid',
      message: `tls.ca: ${nonsense} holds no certificate in PEM`,
    });
    expect(await message({ cert, key: authority.sign('garden').key })).toMatchObject({
      code: 'plugin.config_invalid',
      message: expect.stringContaining('is not the key of tls.cert') as string,
    });
    expect(await message({ cert, key: nonsense })).toMatchObject({ code: 'plugin.config_invalid' });
    expect(await message({ cert, key: `${key}.absent` })).toMatchObject({
      code: 'plugin.config_invalid',
      message: `tls.key: ${key}.absent cannot be read`,
    });
    const alone = mqttOptions.safeParse({ url: 'mqtts://localhost', tls: { cert }, series: SERIES });
    expect(alone.error?.issues[0]?.message).toBe('expected "cert" and "key" together');
  },
);

// In a process of its own: the conditions of the test runner give mqtt.js the wrong build of ws.
for (const protocol of ['mqtts', 'ws', 'wss'] as const) {
  test.skipIf(!hasBoth)(`messages come over ${protocol}, with a client certificate where there is TLS`, async () => {
    using authority = new Authority();
    using other = new Authority();
    await using broker = await openTls(authority, protocol === 'mqtts' ? [] : ['protocol websockets']);
    const file = authority.write('journal', '');
    const url = `${protocol}://localhost:${protocol === 'ws' ? broker.ports.plain : broker.ports.strict}`;
    const trust = { ca: authority.ca };
    if (protocol !== 'ws') {
      await expect(startConsumer(url, `${file}-other`, 5, { ca: other.ca })).rejects.toThrow('set tls.ca to the file');
      await expect(startConsumer(url, `${file}-other`, 5, trust)).rejects.toThrow('set tls.cert and tls.key');
    }
    const consumer = await startConsumer(url, file, 5, { ...trust, ...authority.sign('home') });
    const device = await connectAsync(`mqtt://127.0.0.1:${broker.ports.device}`, {}, false);
    await device.publishAsync('n', '3', { qos: 1 });
    await until(() => stored(file).length === 1);
    expect(stored(file)).toEqual([3]);
    consumer.kill('SIGKILL');
    await once(consumer, 'exit');
    await device.endAsync();
  });
}

interface TlsBroker extends AsyncDisposable {
  readonly ports: Readonly<Record<'device' | 'plain' | 'open' | 'strict' | 'misnamed', number>>;
}

/** One mosquitto with a port for each way to be approached; `more` for all of them but that of the device. */
async function openTls(authority: Authority, more: readonly string[] = []): Promise<TlsBroker> {
  const ports = {
    device: await freePort(),
    plain: await freePort(),
    open: await freePort(),
    strict: await freePort(),
    misnamed: await freePort(),
  };
  const [named, misnamed] = [authority.sign('localhost'), authority.sign('elsewhere')];
  const listener = (name: keyof typeof ports, ...lines: readonly string[]): readonly string[] => [
    `listener ${ports[name]} 127.0.0.1`,
    ...more,
    ...lines,
  ];
  const own = [`certfile ${named.cert}`, `keyfile ${named.key}`];
  const broker = await openMosquitto(ports.device, [
    ...listener('plain'),
    ...listener('open', ...own),
    ...listener('strict', ...own, `cafile ${authority.ca}`, 'require_certificate true'),
    ...listener('misnamed', `certfile ${misnamed.cert}`, `keyfile ${misnamed.key}`),
  ]);
  return { ports, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() };
}

function startOn({ ports }: TlsBroker, protocol = 'mqtts') {
  return async (port: keyof TlsBroker['ports'], tls: object | undefined): Promise<void> => {
    await using running = new Running({ url: `${protocol}://localhost:${ports[port]}`, tls, series: SERIES });
    await running.start();
  };
}
