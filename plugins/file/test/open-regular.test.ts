import { execFileSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openRegular } from '../src/open-regular.ts';
import { Folder } from './folder.ts';

test('a file is opened; a link or a pipe that took its place is not, and nothing waits for it', async () => {
  await using folder = await Folder.create({ 'a.csv': 'a\n' });
  await symlink(folder.at('a.csv'), folder.at('link.csv'));
  execFileSync('mkfifo', [folder.at('pipe.csv')]);
  {
    await using handle = await openRegular(folder.at('a.csv'));
    expect(await handle.readFile('utf8')).toBe('a\n');
  }
  await expect(openRegular(folder.at('link.csv'))).rejects.toThrow('it became a link');
  await expect(openRegular(folder.at('pipe.csv'))).rejects.toThrow('no regular file');
  await expect(openRegular(folder.path)).rejects.toThrow('no regular file');
  await expect(openRegular(folder.at('gone.csv'))).rejects.toMatchObject({ code: 'ENOENT' });
});
