import { Command, CommanderError } from 'commander';
import { realpathSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { CommonOptions } from './assembly.ts';
import { printError, tolerateClosedPipes } from './output.ts';

const DONE = 0;
const FAILED = 1;
const WRONG_USE = 2;
/** Codes whose errors the person mends in the configuration or the call. */
const USAGE_CODES = new Set(['config.invalid', 'plugin.config_invalid']);

/** Runs the command line; sets the exit status: 0 done, 1 failed, 2 wrong usage or invalid configuration. */
export async function main(argv: readonly string[]): Promise<void> {
  tolerateClosedPipes();
  try {
    await program().parseAsync([...argv]);
    process.exitCode ??= DONE;
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? DONE : WRONG_USE;
      return;
    }
    printError(error, argv.includes('--debug'));
    process.exitCode = USAGE_CODES.has((error as { code?: string }).code ?? '') ? WRONG_USE : FAILED;
  }
}

function program(): Command {
  const dayfold = new Command('dayfold')
    .description(
      'Folds the readings of a home into one value per attribute per local day and keeps an Exist account up to date.',
    )
    .version('0.1.0')
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExamples:\n  dayfold init && dayfold check && dayfold run\n  dayfold days steps --from 2026-03-01\n  dayfold explain fridge_opens 2026-03-29',
    );

  command(dayfold, 'init', 'write a commented dayfold.yaml')
    .option('--yes', 'ask nothing, take the defaults')
    .action(async (options: CommonOptions & { yes?: boolean }) => (await import('./commands/init.ts')).init(options));
  command(dayfold, 'check', 'validate configuration and plugins')
    .option('--connect', 'reach every source and show samples')
    .action(async (options: CommonOptions & { connect?: boolean }) =>
      (await import('./commands/check.ts')).check(options),
    );
  command(dayfold, 'run', 'the daemon')
    .option('--once', 'read every finite source, sync within budget, exit; for cron')
    .option('--safe', 'start without any source')
    .option('--log-json', 'log JSON lines (the default where standard error is not a terminal)')
    .action(async (options: CommonOptions) => (await import('./commands/run.ts')).run(options));
  command(dayfold, 'connect', 'log in at Exist')
    .argument('[account]', 'account of dayfold.yaml', 'me')
    .option('--token', 'take a personal access token, or the JSON of a token answer, from standard input')
    .addHelpText('after', '\nExamples:\n  dayfold connect\n  dayfold connect --token < token.txt')
    .action(async (account: string, options: CommonOptions) =>
      (await import('./commands/connect.ts')).connect(account, options),
    );
  command(dayfold, 'status', 'sources, attributes, accounts, open problems').action(async (options: CommonOptions) =>
    (await import('./commands/views.ts')).status(options),
  );
  command(dayfold, 'days', 'attribute-days: wanted, confirmed, state')
    .argument('[attribute]')
    .option('--from <date>', 'first date, YYYY-MM-DD')
    .option('--to <date>', 'last date, YYYY-MM-DD')
    .action(async (attribute: string | undefined, options: CommonOptions & { from?: string; to?: string }) =>
      (await import('./commands/views.ts')).days(attribute, options),
    );
  command(dayfold, 'explain', 'why a day has its value')
    .argument('<attribute>')
    .argument('<date>', 'YYYY-MM-DD')
    .action(async (attribute: string, date: string, options: CommonOptions) =>
      (await import('./commands/views.ts')).explain(attribute, date, options),
    );
  command(dayfold, 'plan', 'what the next sync would send; sends nothing')
    .option('--account <name>')
    .action(async (options: CommonOptions & { account?: string }) =>
      (await import('./commands/views.ts')).plan(options),
    );
  command(dayfold, 'sync', 'sync now, if the budget allows')
    .option('--account <name>')
    .action(async (options: CommonOptions & { account?: string }) =>
      (await import('./commands/views.ts')).sync(options),
    );
  command(dayfold, 'replay', 'feed a recording through the configuration and print the attribute-days')
    .argument('<file>', 'lines of {"time", "topic", "payload"}')
    .option('--until <time>', 'take this as "now" instead of the last message')
    .action(async (file: string, options: CommonOptions & { until?: string }) =>
      (await import('./commands/replay.ts')).replay(file, options),
    );
  command(dayfold, 'release', 'give an attribute back to Exist')
    .argument('<attribute>')
    .action(async (attribute: string, options: CommonOptions) =>
      (await import('./commands/views.ts')).release(attribute, options),
    );
  command(dayfold, 'take-back', 'take an attribute back from another service with the next sync')
    .argument('<attribute>')
    .action(async (attribute: string, options: CommonOptions) =>
      (await import('./commands/views.ts')).takeBack(attribute, options),
    );
  command(dayfold, 'schema', 'the JSON Schema of dayfold.yaml').action(async () =>
    (await import('./commands/check.ts')).schema(),
  );
  command(dayfold, 'demo', 'a simulated home, a broker and a stand-in for Exist, all on this machine').action(
    async () => (await import('./commands/demo.ts')).demo(),
  );
  return dayfold;
}

function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .exitOverride()
    .option('--config <file>', 'configuration (default: ./dayfold.yaml, then ~/.config/dayfold/dayfold.yaml)')
    .option('--data <dir>', 'data folder (default: ./data)')
    .option('--json', 'print one JSON document')
    .option('--debug', 'more detail, stack traces');
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  await main(process.argv);
