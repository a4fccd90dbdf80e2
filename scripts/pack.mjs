// Builds every publishable package from scratch and packs it, with the LICENSE, into a folder: node scripts/pack.mjs FOLDER
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Left in the tree by the compiler and of no use to anyone who installs a package. */
const BUILD_STATE = /\.tsbuildinfo$/;

const [destination] = process.argv.slice(2);
if (destination === undefined) {
  process.stderr.write('Name the folder for the packages: node scripts/pack.mjs FOLDER\n');
  process.exit(2);
}
const packages = publishable();
const stage = mkdtempSync(join(tmpdir(), 'dayfold-pack-'));
try {
  // A file whose source is gone must not live on in a package; the bundle is always made anew.
  for (const { folder } of packages) {
    rmSync(join(folder, 'dist'), { recursive: true, force: true });
    for (const name of readdirSync(folder)) if (BUILD_STATE.test(name)) rmSync(join(folder, name));
  }
  run(process.execPath, [join(ROOT, 'scripts/build.mjs'), '--force']);
  const staged = packages.map(({ folder, manifest }) => stagePackage(folder, manifest));
  mkdirSync(destination, { recursive: true });
  npm(['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', resolve(destination), ...staged]);
} finally {
  rmSync(stage, { recursive: true, force: true });
}

function publishable() {
  return ['core', 'plugins']
    .flatMap((area) => readdirSync(join(ROOT, area)).map((name) => join(ROOT, area, name)))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => manifest.private !== true);
}

function stagePackage(folder, manifest) {
  const target = join(stage, basename(dirname(folder)), basename(folder));
  for (const name of ['package.json', ...manifest.files]) {
    const from = name === 'LICENSE' ? join(ROOT, name) : join(folder, name);
    if (!existsSync(from)) throw new Error(`${manifest.name} cannot be packed: ${from} is missing`);
    cpSync(from, join(target, name), { recursive: true, filter: (path) => !BUILD_STATE.test(path) });
  }
  return target;
}

function npm(args) {
  const cli = process.env.npm_execpath;
  if (cli !== undefined && cli.endsWith('.js')) run(process.execPath, [cli, ...args]);
  else run('npm', args, process.platform === 'win32');
}

function run(command, args, shell = false) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', shell });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${basename(command)} ${args.join(' ')} ended with ${status}`);
}
