import process from 'node:process';
import { expect, test, vi } from 'vitest';
import { createLog } from '../src/log.ts';

test('a line is one line, whatever it is told, and no longer than a screen or two', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  using log = createLog({ json: false, level: 'info' });
  log.warn('topic x\n{"level":"error"}\r\u001b[2J\u009b2J');
  log.warn('y'.repeat(100_000));
  const lines = write.mock.calls.map(([text]) => String(text));
  write.mockRestore();
  expect(lines[0]).toMatch(/Z ! topic x·\{"level":"error"\}··\[2J·2J\n$/);
  expect(lines[1]).toMatch(/yyy/);
  expect(lines[1]?.length).toBeLessThan(2200);
});
