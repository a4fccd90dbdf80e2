import { startExistTwin } from '@dayfold/exist-twin';
import { expect, test } from 'vitest';
import { Folder } from '../command.ts';

const SOURCES = `sources:
  books: { plugin: file, path: ./books.csv, series: { pages: { date: Date, value: Pages } } }
  gone:  { plugin: file, path: ./gone.csv, series: { pages: { date: Date, value: Pages } } }
  hook:  { plugin: webhook, name: hook, token: open-sesame, series: { kg: { value: kg } } }
attributes:
  pages_read: { from: books.pages, fold: sum }
`;

interface Summary {
  readonly sources: readonly { readonly name: string; readonly outcome: string; readonly readings: number }[];
  readonly syncs: readonly { readonly confirmed: number; readonly refused?: string }[];
}

test('what can be read is read and sent, what failed is named, and a second call waits for its hour', async () => {
  await using twin = await startExistTwin();
  const today = new Date().toISOString().slice(0, 10);
  const exist = `exist: { url: ${twin.url}, client_id: ${twin.client.clientId}, client_secret: ${twin.client.clientSecret} }\n`;
  await using folder = await Folder.with({
    'dayfold.yaml': `timezone: UTC\n${exist}${SOURCES}`,
    'books.csv': `Date,Pages\n${today},12\n`,
  });
  const unconnected = await folder.run(['run', '--once', '--json']);
  expect(unconnected.status).toBe(1);
  expect(unconnected.stderr).toContain('account me is not connected to Exist; "dayfold status" says what to do');

  const token = JSON.stringify(twin.issueToken({ scopes: ['media_write', 'media_read'] }));
  const connected = await folder.run(['connect', '--token'], { input: token });
  expect(connected.status).toBe(0);

  const first = await folder.run(['run', '--once', '--json']);
  const { sources, syncs } = JSON.parse(first.stdout) as Summary;
  expect(sources).toMatchObject([
    { name: 'books', outcome: 'read', readings: 0 },
    { name: 'gone', outcome: 'failed' },
    { name: 'hook', outcome: 'left out' },
  ]);
  expect(syncs).toMatchObject([{ account: 'me', confirmed: 1 }]);
  expect(first.status).toBe(1);
  expect(first.stderr).toMatch(/source gone: there is no file at .*gone\.csv/);

  await folder.write('gone.csv', 'Date,Pages\n');
  const second = await folder.run(['run', '--once']);
  expect([second.status, second.stderr]).toEqual([0, '']);
  expect(second.stdout.trim().split('\n')).toHaveLength(1);
  expect(second.stdout).toContain('me: nothing sent, the next sync is due at ');
});

test('an error that a source throws where nobody catches it is one paragraph, with its stack for --debug only', async () => {
  const sdk = JSON.stringify(new URL('../../../sdk/src/index.ts', import.meta.url).href);
  const zod = JSON.stringify(import.meta.resolve('zod'));
  await using folder = await Folder.with({
    'odd.mjs': `import { definePlugin } from ${sdk};
import { z } from ${zod};
const odd = () => new Promise(() => setTimeout(() => undefined.odd));
export default definePlugin({ name: 'odd', config: z.object({}), source: () => ({ start() {}, once: odd }) });
`,
    'dayfold.yaml': 'sources: { odd: { plugin: ./odd.mjs } }\n',
  });
  const { status, stderr } = await folder.run(['run', '--once']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^dayfold: something went wrong that dayfold did not foresee: .*'odd'.*--debug.*\n$/);
});
