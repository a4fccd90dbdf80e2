import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';
import process from 'node:process';

/**
 * Preloaded into a daemon (`--import`), in place of the names that the network knows: each name of `STAND_IN_NAMES` has a
 * list of answers, of which each question takes the next one and the last one stays. What was asked is told on standard error.
 */
const answers = new Map(Object.entries(JSON.parse(process.env['STAND_IN_NAMES'] ?? '{}') as Record<string, string[]>));
const asked = new Map<string, number>();

Object.assign(dns, {
  lookup: (name: string) => {
    const turn = asked.get(name) ?? 0;
    asked.set(name, turn + 1);
    process.stderr.write(`asked for ${name}\n`);
    const known = answers.get(name);
    const found = known?.[Math.min(turn, known.length - 1)];
    if (found === undefined) return Promise.reject(new Error(`no such name: ${name}`));
    return Promise.resolve(found.split(' ').map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  },
});
syncBuiltinESMExports();
