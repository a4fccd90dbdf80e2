import { isCancel, text } from '@clack/prompts';
import { ConfigInvalid, soundsSecret } from '@dayfold/runtime';
import type { ConnectReport } from '@dayfold/runtime';
import { spawn } from 'node:child_process';
import process from 'node:process';
import { runningDaemon } from '../assembly.ts';
import type { CommonOptions } from '../assembly.ts';
import { print, printJson, styled } from '../output.ts';
import { withEngine } from '../with-engine.ts';

export interface ConnectOptions extends CommonOptions {
  readonly token?: boolean;
  readonly forget?: boolean;
}

/** Logs in at Exist: in the browser with the way back to the daemon, by a pasted code, or by a token from standard input. */
export async function connect(account: string, options: ConnectOptions): Promise<void> {
  if (options.forget === true) {
    if (options.token === true) throw new ConfigInvalid('give either --token or --forget');
    const answer = await withEngine(options, (engine) => engine.disconnect(account));
    if (options.json === true) printJson(answer);
    else print(answer.message);
    return;
  }
  if (options.token === true) {
    const pasted = await standardInput();
    report(options, await withEngine(options, (engine) => engine.connectToken(account, pasted)));
    return;
  }
  // With --json standard output is for the document alone.
  const tell = options.json === true ? (text: string) => void process.stderr.write(`${text}\n`) : print;
  const listening = (await runningDaemon(options)) !== undefined;
  const answer = await withEngine(options, async (engine) => {
    const { url } = await engine.connectBegin(account);
    tell(`Open this page and allow access:\n\n  ${styled('cyan', url)}\n`);
    if (process.stdout.isTTY) openBrowser(url);
    tell(
      listening
        ? 'The browser comes back to the running daemon, which finishes the login. Where it cannot, paste the address it ended on.'
        : 'The browser then fails to load a page: paste the whole address it ended on, or the code in it.',
    );
    const pasted = process.stdin.isTTY ? await ask() : await standardInput();
    // Finishing with nothing would end the login that the browser may still bring to the daemon.
    if (pasted !== '') return await engine.connectFinish(account, pasted);
    if (listening) return undefined;
    throw new ConfigInvalid(
      'no code came from standard input, and no daemon runs that the browser could come back to; start "dayfold run" first, or paste the address',
    );
  });
  if (answer !== undefined) report(options, answer);
  else if (options.json === true) printJson({ account, pasted: false });
  else print('Not pasted. "dayfold status" shows whether the browser finished the login.');
}

function report(options: CommonOptions, answer: ConnectReport): void {
  if (options.json === true) {
    printJson(answer);
    return;
  }
  print(
    styled(
      'green',
      `Connected account ${answer.account}${answer.username === undefined ? '' : ` as ${answer.username}`}.`,
    ),
  );
  if (answer.missingScopes.length > 0)
    print(`Missing scopes, whose attributes are left out: ${answer.missingScopes.join(', ')}`);
  if (answer.unseen.length > 0)
    print(
      `Acquired by the next sync, whichever service fills them now (Exist does not show it to this login): ${answer.unseen.join(', ')}`,
    );
  if (answer.takeovers.length === 0) {
    if (answer.unseen.length === 0) print('No attribute is taken over from another service.');
  } else {
    print('The next sync takes over from other services:');
    for (const { attribute, service } of answer.takeovers) print(`  ${attribute} (now filled by ${service})`);
    print('Remove an attribute from dayfold.yaml to leave it where it is.');
  }
}

async function ask(): Promise<string> {
  const answer = await text({ message: 'Address or code (leave empty if the browser said "Connected")' });
  return isCancel(answer) ? '' : (answer ?? '').trim();
}

async function standardInput(): Promise<string> {
  let input = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) input += chunk as string;
  return input.trim();
}

function openBrowser(url: string): void {
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open';
  // The browser stays, and needs nothing of what dayfold.yaml takes from variables.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !soundsSecret(name)));
  const child = spawn(command, [url], { stdio: 'ignore', detached: true, env: environment });
  child.on('error', () => undefined);
  child.unref();
}
