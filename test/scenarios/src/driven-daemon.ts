import { UndiciExistGateway } from '@dayfold/exist';
import { FakeClock } from '@dayfold/runtime';
import type { Engine, ExistGateway } from '@dayfold/runtime';
import { WebServer } from '@dayfold/web';
import { subscribe } from 'node:diagnostics_channel';
import process from 'node:process';
import { assemble, pluginCatalog, readConfiguration } from '../../../core/cli/src/assembly.ts';

/**
 * The daemon as a process of its own, on a clock that its parent moves. Asked over the IPC channel:
 * `{ advance: ms }` lets time pass, `{ taken: source }` tells how many readings are stored, `{ stop: true }` ends it well,
 * `{ set: time }` sets the wall clock, `{ reload: true }` reads the configuration again, `{ engine, values }` asks what
 * a command would ask. `{ now }` tells the parent how far time has passed.
 */
const [folder = '.', startText = '0', existTimeoutText = '30000'] = process.argv.slice(2);
const clock = new FakeClock(Number(startText));
setTrust();
/** Calls to Exist, and requests of any kind, that are under way: time stands still until they have ended. */
let calls = 0;
const requests = new Set<object>();
type Seen = { readonly request: object };
subscribe('undici:request:create', (seen) => void requests.add((seen as Seen).request));
subscribe('undici:request:trailers', (seen) => void requests.delete((seen as Seen).request));
subscribe('undici:request:error', (seen) => void requests.delete((seen as Seen).request));

const file = `${folder}/dayfold.yaml`;
const catalog = await pluginCatalog(file);
const { configuration } = await readConfiguration(file, catalog);
const existUrl = configuration.exist?.url ?? 'https://exist.io';
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (text: string) => void process.stderr.write(`${text}\n`),
};
const assembled = await assemble({ data: `${folder}/data` }, configuration, catalog, silent, {
  clock,
  around: () => counted(new UndiciExistGateway({ url: existUrl, timeoutMs: Number(existTimeoutText) })),
});
const { daemon } = assembled;
// The web address is opened where something is pushed to it.
const web = configuration.sources.some(({ plugin }) => plugin === 'webhook')
  ? new WebServer(daemon.engine, daemon.inbound, { ...configuration.web, socket: `${folder}/data/daemon.sock` }, silent)
  : undefined;
await web?.start();
await daemon.start();
for (let isReady = false; !isReady;) {
  await new Promise<void>((resolve) => setImmediate(resolve));
  const sources = await daemon.host.status();
  const wrong = sources.find(({ state }) => state === 'invalid' || state === 'failed');
  if (wrong !== undefined) throw new Error(`source ${wrong.name}: ${wrong.message}`);
  isReady = sources.every(({ state }) => state === 'running' || state === 'degraded');
}

web?.mark('ready');

const STEP_MS = 60_000;
type Command = {
  readonly id: number;
  readonly advance?: number;
  readonly set?: number;
  readonly taken?: string;
  readonly engine?: keyof Engine;
  readonly values?: readonly unknown[];
  readonly reload?: true;
  readonly stop?: true;
};

process.on('message', (command: Command) => {
  answer(command).then(
    (result) => process.send?.({ id: command.id, result }),
    (error: unknown) => process.send?.({ id: command.id, error: String(error) }),
  );
});
process.send?.({ id: 0, result: 'ready' });

async function answer(command: Command): Promise<unknown> {
  if (command.advance !== undefined) return await advance(command.advance);
  if (command.taken !== undefined) return daemon.intake.taken(command.taken);
  if (command.engine !== undefined) {
    const ask = daemon.engine[command.engine] as (...values: readonly unknown[]) => Promise<unknown>;
    return await ask.apply(daemon.engine, [...(command.values ?? [])]);
  }
  if (command.reload === true) return await daemon.reload((await readConfiguration(file, catalog)).configuration);
  if (command.set !== undefined) {
    clock.set(command.set);
    setTrust();
    return 'set';
  }
  await web?.stop();
  await assembled[Symbol.asyncDispose]();
  setImmediate(() => process.disconnect());
  return 'stopped';
}

async function advance(ms: number): Promise<number> {
  for (let left = ms; left > 0; left -= STEP_MS) {
    await clock.advance(Math.min(left, STEP_MS));
    while (calls + requests.size > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    process.send?.({ id: 0, now: clock.now() });
  }
  return clock.now();
}

/** As the machine's clock is judged: what shows a time before this program was written is not set. */
function setTrust(): void {
  clock.isTrusted = clock.now() >= Date.UTC(2026, 0, 1);
}

function counted(gateway: ExistGateway): ExistGateway {
  return new Proxy(gateway, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...values: unknown[]) => {
        const result = (member as (...values: unknown[]) => unknown).apply(target, values);
        if (!(result instanceof Promise)) return result;
        calls += 1;
        return result.finally(() => {
          calls -= 1;
        });
      };
    },
  });
}
