import { FakeClock } from '@dayfold/runtime';
import type { ExistGateway } from '@dayfold/runtime';
import process from 'node:process';
import { assemble, pluginCatalog, readConfiguration } from '../../../core/cli/src/assembly.ts';

/**
 * The daemon as a process of its own, on a clock that its parent moves. Asked over the IPC channel:
 * `{ advance: ms }` lets time pass, `{ taken: source }` tells how many readings are stored, `{ stop: true }` ends it well.
 */
const [folder = '.', startText = '0'] = process.argv.slice(2);
const clock = new FakeClock(Number(startText));
/** Requests to Exist that are under way: time stands still until they have ended. */
let underWay = 0;

const file = `${folder}/dayfold.yaml`;
const catalog = await pluginCatalog(file);
const { configuration } = await readConfiguration(file, catalog);
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (text: string) => void process.stderr.write(`${text}\n`),
};
const assembled = await assemble({ data: `${folder}/data` }, configuration, catalog, silent, {
  clock,
  around: counted,
});
const { daemon } = assembled;
await daemon.start();
while (!(await daemon.host.status()).every(({ state }) => state === 'running'))
  await new Promise<void>((resolve) => setImmediate(resolve));

const STEP_MS = 60_000;
type Command = { readonly id: number; readonly advance?: number; readonly taken?: string; readonly stop?: true };

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
  await assembled[Symbol.asyncDispose]();
  setImmediate(() => process.disconnect());
  return 'stopped';
}

async function advance(ms: number): Promise<number> {
  for (let left = ms; left > 0; left -= STEP_MS) {
    await clock.advance(Math.min(left, STEP_MS));
    while (underWay > 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return clock.now();
}

function counted(gateway: ExistGateway): ExistGateway {
  return new Proxy(gateway, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...values: unknown[]) => {
        const result = (member as (...values: unknown[]) => unknown).apply(target, values);
        if (!(result instanceof Promise)) return result;
        underWay += 1;
        return result.finally(() => {
          underWay -= 1;
        });
      };
    },
  });
}
