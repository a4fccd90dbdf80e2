import { UndiciExistGateway } from '@dayfold/exist';
import { ConfigInvalid, FakeClock } from '@dayfold/runtime';
import type { ExistGateway, Store } from '@dayfold/runtime';
import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import { assemble, pluginCatalog, readConfiguration } from '../../../../core/cli/src/assembly.ts';
import { Failpoints } from './failpoint.ts';
import type { Commands, Message, Name, Order } from './protocol.ts';

/** The daemon as a process of its own: its clock is moved by the parent, its ports carry failpoints. */
const [folder = '.', startText = '0', trusted = 'trusted', existUrl = ''] = process.argv.slice(2);
const STEP_MS = 60_000;
/** A file that may grow no further ends a process that does not say so. */
process.on('SIGXFSZ', () => undefined);

/** Of real time: a stand-in that never answers shall not hold a run up for long. */
const EXIST_TIMEOUT_MS = 1500;

const clock = new FakeClock(Number(startText));
clock.isTrusted = trusted === 'trusted';
const failpoints = new Failpoints();
const file = `${folder}/dayfold.yaml`;
/** Calls to Exist that are under way: time stands still until they have ended. */
let underWay = 0;
let proceed: (() => void)[] = [];

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const assembled = await assembledDaemon();
const { daemon } = assembled;

const handlers: { readonly [Each in Name]: (ask: Commands[Each]['ask']) => Promise<Commands[Each]['answer']> } = {
  advance,
  setClock: async ({ now, isTrusted }) => {
    clock.set(now);
    clock.isTrusted = isTrusted;
    return await Promise.resolve(clock.now());
  },
  status: async () => await daemon.engine.status(),
  days: async () => await daemon.engine.days({}),
  connect: async (token) => {
    await daemon.engine.connectToken('me', JSON.stringify(token));
    return null;
  },
  takeBack: async (attribute) => {
    await daemon.engine.takeBack(attribute);
    return null;
  },
  sync: async () => {
    await daemon.engine.sync(undefined);
    return null;
  },
  reload,
  arm: async (point) => {
    failpoints.arm(point ?? undefined);
    return await Promise.resolve(null);
  },
  struck: async () => await Promise.resolve(failpoints.struck),
  stop,
};

// Nobody is left to move its clock.
process.on('disconnect', () => process.exit(0));
process.on('message', (order: Order) => {
  if (order.kind === 'proceed') {
    for (const resolve of proceed.splice(0)) resolve();
    return;
  }
  const { id, name, ask } = order;
  handlers[name](ask as never).then(
    (result) => say({ kind: 'answer', id, result }),
    (error: unknown) => say({ kind: 'answer', id, error: (error as Error).message }),
  );
});
await daemon.start();
say({ kind: 'ready', pid: process.pid });

async function assembledDaemon() {
  try {
    const catalog = await pluginCatalog(file);
    const { configuration } = await readConfiguration(file, catalog);
    return await assemble({ data: `${folder}/data` }, configuration, catalog, silent, {
      clock,
      around: () =>
        inTurn(failpoints.around('gateway', new UndiciExistGateway({ url: existUrl, timeoutMs: EXIST_TIMEOUT_MS }))),
      aroundStore: watched,
    });
  } catch (error) {
    say({ kind: 'failed', message: (error as Error).message });
    process.disconnect();
    throw error;
  }
}

async function advance(ms: number): Promise<number> {
  for (let left = ms; left > 0; left -= STEP_MS) {
    await clock.advance(Math.min(left, STEP_MS));
    say({ kind: 'time', now: clock.now() });
    while (underWay > 0) await turn();
  }
  return clock.now();
}

/** What hangs at the end is left behind after a time, which has to pass. */
async function stop(): Promise<null> {
  let isOver = false;
  const over = (async () => {
    await assembled[Symbol.asyncDispose]();
    isOver = true;
  })();
  while (!isOver) {
    await clock.advance(100);
    await turn();
  }
  await over;
  setImmediate(() => process.exit(0));
  return null;
}

/** As the command's own reloader does: a wrong file changes nothing but what is shown. */
async function reload(): Promise<null> {
  try {
    const { configuration } = await readConfiguration(file, await pluginCatalog(file));
    await daemon.reload(configuration);
    await daemon.clearProblem('config.invalid', 'dayfold.yaml');
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    await daemon.raiseProblem('config.invalid', 'dayfold.yaml', error.message, 'correct the file');
  }
  return null;
}

/** Every call to Exist is made at a time that the parent, and with it the stand-in, knows. */
function inTurn(gateway: ExistGateway): ExistGateway {
  return new Proxy(gateway, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function' || name === 'authorizeUrl') return member;
      return async (...values: unknown[]): Promise<unknown> => {
        underWay += 1;
        try {
          await new Promise<void>((resolve) => {
            proceed.push(resolve);
            say({ kind: 'calling', now: clock.now() });
          });
          return await (member.apply(target, values) as Promise<unknown>);
        } finally {
          // Not before what it changes is on its way to the disk.
          setImmediate(() => (underWay -= 1));
        }
      };
    },
  });
}

function watched(store: Store): Store {
  return {
    ...store,
    journal: failpoints.around('journal', store.journal),
    attributeDays: failpoints.around('attributeDays', store.attributeDays),
    outbox: failpoints.around('outbox', store.outbox),
    ledger: failpoints.around('ledger', store.ledger),
    tokens: failpoints.around('tokens', store.tokens),
    keyValues: failpoints.around('keyValues', store.keyValues),
    changes: failpoints.around('changes', store.changes),
  };
}

function say(message: Message): void {
  if (process.connected) process.send?.(message);
}
