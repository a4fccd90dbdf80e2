import { startExistTwin } from '@dayfold/exist-twin';
import type { ExistTwin } from '@dayfold/exist-twin';
import { expect, test } from 'vitest';
import { Folder, RunningDaemon } from '../command.ts';
import { freePort } from '../loopback.ts';

function yamlFor(twin: ExistTwin, port: number): string {
  return `timezone: UTC
web: { port: ${port} }
exist: { url: ${twin.url}, client_id: ${twin.client.clientId}, client_secret: ${twin.client.clientSecret} }
sources:
  books: { plugin: file, path: ./books.csv, series: { pages: { date: Date, value: Pages } } }
attributes:
  pages_read: { from: books.pages, fold: sum }
`;
}

/** Presses a button of Exist's login page; answers with the address that the browser is sent to. */
async function pressed(url: string, approve: '0' | '1'): Promise<string> {
  const page = await fetch(url);
  expect(await page.text()).toContain('Allow');
  const answer = await fetch(`${url}&approve=${approve}`, { redirect: 'manual' });
  return answer.headers.get('location') ?? '';
}

test('a login goes over the browser to the daemon, once and only where it was begun here', async () => {
  const port = await freePort();
  const redirectUri = `http://localhost:${port}/connect/callback`;
  await using twin = await startExistTwin({ redirectUris: [redirectUri] });
  await using folder = await Folder.with({ 'dayfold.yaml': yamlFor(twin, port), 'books.csv': 'Date,Pages\n' });
  await using daemon = await RunningDaemon.in(folder);
  const { control } = daemon;
  const callback = async (address: string): Promise<{ status: number; text: string }> => {
    // As the browser asks, under the registered name; the name itself need not resolve to 127.0.0.1 here.
    const answer = await fetch(address.replace('//localhost:', '//127.0.0.1:'));
    return { status: answer.status, text: await answer.text() };
  };

  const denied = await callback(await pressed((await control.connectBegin('me')).url, '0'));
  expect(denied).toMatchObject({ status: 400, text: expect.stringContaining('access_denied') as string });

  const allowed = await pressed((await control.connectBegin('me')).url, '1');
  expect(allowed).toContain(`${redirectUri}?code=`);
  const code = new URL(allowed).searchParams.get('code')!;
  for (const foreign of [`code=${code}`, `code=${code}&state=of-someone-else`])
    expect((await callback(`${redirectUri}?${foreign}`)).status, foreign).toBe(400);
  expect((await control.status()).accounts).toMatchObject([{ connected: false }]);

  expect(await callback(allowed)).toMatchObject({ status: 200, text: expect.stringContaining('connected') as string });
  const [account] = (await control.status()).accounts;
  expect(account).toMatchObject({ connected: true, scopes: ['media_write'] });

  const replayed = await callback(allowed);
  expect(replayed).toMatchObject({ status: 400, text: expect.stringContaining('was used already') as string });
  expect((await control.status()).accounts).toMatchObject([{ connected: true }]);
});

test('without anything on standard input the login stays open for the browser, where a daemon runs', async () => {
  const port = await freePort();
  const redirectUri = `http://localhost:${port}/connect/callback`;
  await using twin = await startExistTwin({ redirectUris: [redirectUri] });
  await using folder = await Folder.with({ 'dayfold.yaml': yamlFor(twin, port), 'books.csv': 'Date,Pages\n' });
  const alone = await folder.run(['connect']);
  expect(alone.status).toBe(2);
  expect(alone.stderr).toContain('start "dayfold run" first');

  await using daemon = await RunningDaemon.in(folder);
  const begun = await folder.run(['connect']);
  expect([begun.status, begun.stderr]).toEqual([0, '']);
  expect(begun.stdout).toContain('"dayfold status" shows whether the browser finished the login');
  const address = await pressed(/http\S+\/oauth2\/authorize\S+/.exec(begun.stdout)![0], '1');
  expect((await fetch(address.replace('//localhost:', '//127.0.0.1:'))).status).toBe(200);
  expect((await daemon.control.status()).accounts).toMatchObject([{ connected: true }]);
});

test('a login can be forgotten, and what was not there is told', async () => {
  await using twin = await startExistTwin();
  await using folder = await Folder.with({ 'dayfold.yaml': yamlFor(twin, 0), 'books.csv': 'Date,Pages\n' });
  const never = await folder.run(['connect', '--forget']);
  expect([never.status, never.stdout]).toEqual([2, '']);
  expect(never.stderr).toContain('account me is not logged in');
  const pasted = await folder.run(['connect', '--json'], { input: 'a-code-of-nobody' });
  expect([pasted.status, pasted.stdout]).toEqual([1, '']);
  expect(pasted.stderr).toContain('Open this page and allow access');
  const token = twin.issueToken({ scopes: ['media_write'] });
  expect((await folder.run(['connect', '--token'], { input: JSON.stringify(token) })).status).toBe(0);
  const forgotten = await folder.run(['connect', '--forget', 'me']);
  expect([forgotten.status, forgotten.stderr]).toEqual([0, '']);
  const { stdout } = await folder.run(['status', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ accounts: [{ name: 'me', connected: false }] });
});
