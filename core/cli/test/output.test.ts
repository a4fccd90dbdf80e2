import { InvariantBroken, NotReady } from '@dayfold/runtime';
import { once } from 'node:events';
import process from 'node:process';
import { expect, test, vi } from 'vitest';
import { printable, printError, table } from '../src/output.ts';
import { Folder } from './command.ts';

function errorText(error: unknown, debug = false): string {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  printError(error, debug);
  const text = write.mock.calls.map(([part]) => String(part)).join('');
  write.mockRestore();
  return text;
}

test('an error that was foreseen is one paragraph', () => {
  expect(errorText(new NotReady('the broker is away'))).toBe('dayfold: the broker is away\n');
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { errno: -28, code: 'ENOSPC' });
  expect(errorText(full)).toBe('dayfold: ENOSPC: no space left on device\n');
});

test('a mistake in dayfold itself says how to learn more, and shows its stack with --debug only', () => {
  for (const mistake of [new TypeError('x is not a function'), new InvariantBroken('a day without a date')]) {
    const text = errorText(mistake);
    expect(text).toContain('--debug');
    expect(text.split('\n')).toHaveLength(2);
    expect(errorText(mistake, true)).toContain('output.test.ts');
  }
});

test('what comes from outside steers no terminal, and our colours stay', () => {
  const clear = '\u001b[2J\u001b]0;title\u0007 \u009b31m \r \u202egpj \u001b[8mhidden';
  expect(printable(`a\n${clear}`)).toBe('a\n·[2J·]0;title· ·31m · ·gpj ·hidden');
  expect(printable('\u001b[32mgood\u001b[39m\ttab')).toBe('\u001b[32mgood\u001b[39m\ttab');
  expect(errorText(new NotReady('\u001b[2Jgone'))).toBe('dayfold: ·[2Jgone\n');
});

test('columns are as wide as their widest cell', () => {
  expect(table(['a', 'b'], [['long', 'x']], 'none')).toBe('a     b\nlong  x');
  expect(table(['a'], [], 'none')).toBe('none');
});

test('a reader that closes the pipe early ends nothing', async () => {
  await using folder = await Folder.with();
  const child = folder.start(['schema']);
  child.stdout?.destroy();
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(errors).toBe('');
});

test('colour comes on a terminal or where FORCE_COLOR asks for it, and not where NO_COLOR asks against it', async () => {
  await using folder = await Folder.with({ 'dayfold.yaml': 'timezone: UTC\n' });
  const plain = await folder.run(['check']);
  expect(plain.stdout).toMatch(/^\S+ is valid/);
  expect((await folder.run(['check'], { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001B[32m');
  expect((await folder.run(['check'], { env: { NO_COLOR: '1' } })).stdout).toBe(plain.stdout);
});
