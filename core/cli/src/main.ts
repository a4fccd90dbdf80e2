import { Command, CommanderError } from 'commander';
import { realpathSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { DayName } from '@dayfold/runtime';
import type { CommonOptions } from './assembly.ts';
import type { ConnectOptions } from './commands/connect.ts';
import type { RunOptions } from './commands/run.ts';
import { dayArgument } from './day-argument.ts';
import { printError, tolerateClosedPipes } from './output.ts';
import { VERSION } from './version.ts';
import { boundYoungSpace } from './young-space.ts';

const DONE = 0;
const FAILED = 1;
const WRONG_USE = 2;
/** Codes whose errors the person mends in the configuration or the call. */
const USAGE_CODES = new Set(['config.invalid', 'plugin.config_invalid']);

/** Runs the command line; sets the exit status: 0 done, 1 failed, 2 wrong usage or invalid configuration. */
export async function main(argv: readonly string[]): Promise<void> {
  tolerateClosedPipes();
  using _bounded = boundYoungSpace(process);
  // Where crash reports are asked for, the environment may hold what dayfold.yaml takes from it.
  process.report.excludeEnv = true;
  const isDebug = argv.includes('--debug');
  process.on('uncaughtException', (error) => {
    // The daemon listens too, and goes on.
    if (process.listenerCount('uncaughtException') > 1) return;
    printError(error, isDebug);
    process.exit(FAILED);
  });
  try {
    await program().parseAsync([...argv]);
    process.exitCode ??= DONE;
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? DONE : WRONG_USE;
      return;
    }
    printError(error, isDebug);
    process.exitCode = USAGE_CODES.has((error as { code?: string }).code ?? '') ? WRONG_USE : FAILED;
  }
}

/** The command line, with every command and its help. */
export function program(): Command {
  const dayfold = new Command('dayfold')
    .description(
      'Folds the readings of a home into one value per attribute per local day and keeps an Exist account up to date.',
    )
    .version(VERSION)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('"dayfold --help" lists the commands.')
    .addHelpText(
      'after',
      '\nExamples:\n  dayfold init && dayfold check && dayfold run\n  dayfold days steps --from 2026-03-01\n  dayfold explain fridge_opens 2026-03-29',
    );

  command(
    dayfold,
    'init',
    'asks a few questions and writes a commented dayfold.yaml',
    'dayfold init',
    'dayfold init --yes --config ~/.config/dayfold/dayfold.yaml',
  )
    .option('--yes', 'ask nothing, take the defaults')
    .action(async (options: CommonOptions & { yes?: boolean }) => (await import('./commands/init.ts')).init(options));
  command(
    dayfold,
    'check',
    'validates configuration and plugins, and tells every mistake with its place',
    'dayfold check --connect',
  )
    .option('--connect', 'reach every source and show samples')
    .action(async (options: CommonOptions & { connect?: boolean }) =>
      (await import('./commands/check.ts')).check(options),
    );
  command(
    dayfold,
    'run',
    'is the daemon: takes readings and keeps Exist up to date until it is stopped',
    'dayfold run',
    'dayfold run --once --data /var/lib/dayfold',
  )
    .option('--once', 'read every finite source, sync within budget, exit; for cron')
    .option('--safe', 'start without any source')
    .option('--web-host <address>', 'listen on this address instead of web.host')
    .option('--log-json', 'log JSON lines (the default where standard error is not a terminal)')
    .action(async (options: RunOptions & { once?: boolean }) =>
      options.once === true
        ? (await import('./commands/run-once.ts')).runOnce(options)
        : (await import('./commands/run.ts')).run(options),
    );
  command(
    dayfold,
    'connect',
    'logs an account in at Exist',
    'dayfold connect',
    'dayfold connect --token < token.txt',
    'dayfold connect --forget partner',
  )
    .argument('[account]', 'account of dayfold.yaml', 'me')
    .option('--token', 'take a personal access token, or the JSON of a token answer, from standard input')
    .option('--forget', 'forget the login of the account; values and what waits are kept')
    .action(async (account: string, options: ConnectOptions) =>
      (await import('./commands/connect.ts')).connect(account, options),
    );
  command(dayfold, 'status', 'shows sources, attributes, accounts and open problems', 'dayfold status --json').action(
    async (options: CommonOptions) => (await import('./commands/views.ts')).status(options),
  );
  command(
    dayfold,
    'days',
    'lists attribute-days: wanted value, confirmed value, state',
    'dayfold days steps --from 2026-03-01',
    'dayfold days --from yesterday',
  )
    .argument('[attribute]', 'of dayfold.yaml; all of them if left out')
    .option('--from <date>', 'first date: YYYY-MM-DD, today or yesterday', dayArgument)
    .option('--to <date>', 'last date', dayArgument)
    .action(async (attribute: string | undefined, options: CommonOptions & { from?: DayName; to?: DayName }) =>
      (await import('./commands/views.ts')).days(attribute, options),
    );
  command(dayfold, 'explain', 'says why a day has its value', 'dayfold explain fridge_opens yesterday')
    .argument('<attribute>', 'of dayfold.yaml')
    .argument('<date>', 'YYYY-MM-DD, today or yesterday', dayArgument)
    .action(async (attribute: string, date: DayName, options: CommonOptions) =>
      (await import('./commands/views.ts')).explain(attribute, date, options),
    );
  command(dayfold, 'plan', 'shows what the next sync would send; sends nothing', 'dayfold plan')
    .option('--account <name>', 'this account alone')
    .action(async (options: CommonOptions & { account?: string }) =>
      (await import('./commands/views.ts')).plan(options),
    );
  command(dayfold, 'sync', 'syncs now, if the budget of requests allows it', 'dayfold sync --account partner')
    .option('--account <name>', 'this account alone')
    .action(async (options: CommonOptions & { account?: string }) =>
      (await import('./commands/views.ts')).sync(options),
    );
  command(
    dayfold,
    'replay',
    'feeds a recording through the configuration and prints the attribute-days it gives',
    'dayfold replay recording.jsonl --until 2026-03-29T12:00',
  )
    .argument('<file>', 'lines of {"time", "topic", "payload"}')
    .option('--until <time>', 'take this as "now" instead of the last message')
    .action(async (file: string, options: CommonOptions & { until?: string }) =>
      (await import('./commands/replay.ts')).replay(file, options),
    );
  command(
    dayfold,
    'capture',
    'records the messages of a live source, as lines for "replay"',
    'dayfold capture home --out home.jsonl --for 1h && dayfold replay home.jsonl',
  )
    .argument('<source>')
    .option('--out <file>', 'a new file; - is standard output', '-')
    .option('--for <duration>', 'stop after this time, such as 10m')
    .option('--count <n>', 'stop after so many messages')
    .action(async (source: string, options: CommonOptions & { out: string }) =>
      (await import('./commands/capture.ts')).capture(source, options),
    );
  command(dayfold, 'release', 'gives an attribute back to Exist', 'dayfold release fridge_opens')
    .argument('<attribute>', 'of dayfold.yaml')
    .action(async (attribute: string, options: CommonOptions) =>
      (await import('./commands/views.ts')).release(attribute, options),
    );
  command(
    dayfold,
    'take-back',
    'takes an attribute back from another service with the next sync',
    'dayfold take-back steps',
  )
    .argument('<attribute>', 'of dayfold.yaml')
    .action(async (attribute: string, options: CommonOptions) =>
      (await import('./commands/views.ts')).takeBack(attribute, options),
    );
  command(
    dayfold,
    'backup',
    'writes store, logins and configuration into one file, beside a running daemon too',
    'dayfold backup dayfold-2026-03-29.tar.gz.age',
    'dayfold backup --no-secrets dayfold.tar.gz',
    'age -d dayfold-2026-03-29.tar.gz.age | tar xz      # without dayfold',
  )
    .argument('<file>')
    .option('--passphrase-file <file>', 'passphrase on its first line (default: asked for, or standard input)')
    .option('--no-secrets', 'no passphrase: leave out logins and secrets')
    .option('--force', 'overwrite the file')
    .action(async (file: string, options: CommonOptions & { secrets: boolean }) =>
      (await import('./commands/backup.ts')).backup(file, options),
    );
  command(dayfold, 'restore', 'makes a backup the store again', 'dayfold restore dayfold-2026-03-29.tar.gz.age')
    .argument('<file>')
    .option('--passphrase-file <file>', 'passphrase on its first line (default: asked for, or standard input)')
    .option('--force', 'move what is in the data folder aside')
    .action(async (file: string, options: CommonOptions & { force?: boolean }) =>
      (await import('./commands/restore.ts')).restore(file, options),
    );
  command(
    dayfold,
    'doctor',
    'looks at everything dayfold depends on, and says what to do',
    'dayfold doctor',
    'dayfold doctor --bundle dayfold-diagnostics.txt',
  )
    .option('--bundle <file>', 'write a diagnostics file without secrets, readings and whereabouts')
    .action(async (options: CommonOptions & { bundle?: string }) =>
      (await import('./commands/doctor.ts')).doctor(options),
    );
  command(
    dayfold,
    'schema',
    'prints the JSON Schema of dayfold.yaml, for editors',
    'dayfold schema > dayfold.schema.json',
  ).action(async (options: CommonOptions) => (await import('./commands/schema.ts')).schema(options));
  command(
    dayfold,
    'demo',
    'runs a simulated home, a broker and a stand-in for Exist, all on this machine',
    'dayfold demo',
  ).action(async () => (await import('./commands/demo.ts')).demo());
  return dayfold;
}

/** A command with the options that all have; `examples` are whole lines. */
function command(
  parent: Command,
  name: string,
  description: string,
  ...examples: readonly [string, ...string[]]
): Command {
  return parent
    .command(name)
    .description(description)
    .exitOverride()
    .showHelpAfterError(`"dayfold ${name} --help" shows how it is used.`)
    .addHelpText('after', `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n  ${examples.join('\n  ')}`)
    .option('--config <file>', 'configuration (default: ./dayfold.yaml, then ~/.config/dayfold/dayfold.yaml)')
    .option('--data <dir>', 'data folder (default: ./data)')
    .option('--json', 'print one JSON document')
    .option('--debug', 'more detail, stack traces');
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  void main(process.argv);
