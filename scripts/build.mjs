// Compiles every package, then joins the command and all it uses into a few files: node scripts/build.mjs [--force]
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BUNDLE = join(ROOT, 'core/cli/bundle');
const OWN_PACKAGE = /[\\/](?:core|plugins)[\\/]([^\\/]+)[\\/]dist[\\/]index\.js$/;
/** A package that is required, not imported. */
const REQUIRED = /createRequire\(import\.meta\.url\)\((?=["'][^.])/g;
const NAMES = { function: true, class: true };
/** The folder of an installed package. */
const PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-b', 'tsconfig.build.json', ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (status === 0) await bundle();
else process.exitCode = 1;

async function bundle() {
  const { build } = await import('rolldown');
  rmSync(BUNDLE, { recursive: true, force: true });
  const { output } = await build({
    input: join(ROOT, 'core/cli/dist/main.js'),
    platform: 'node',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    logLevel: 'silent',
    plugins: [{ name: 'required-late', transform: withRequire }],
    output: {
      dir: BUNDLE,
      // Importing node:http as a module loads the whole of fetch; requiring it does not.
      format: 'cjs',
      // A daemon keeps its own text in memory. Names stay, so that an error tells where it came from.
      minify: { compress: { keepNames: NAMES }, mangle: { keepNames: NAMES }, codegen: { removeWhitespace: true } },
      entryFileNames: '[name].cjs',
      // Without a hash: the compiled code that is kept of a file is replaced by that of the next version.
      chunkFileNames: ({ name, facadeModuleId }) => `${OWN_PACKAGE.exec(facadeModuleId ?? '')?.[1] ?? name}.cjs`,
      plugins: [{ name: 'one-byte', renderChunk: withOneByteEach }],
    },
  });
  const sources = output.flatMap(({ moduleIds = [] }) => moduleIds);
  const packages = new Set(sources.flatMap((id) => PACKAGE.exec(id)?.[0] ?? []));
  writeFileSync(join(BUNDLE, 'LICENSES.txt'), [...packages].toSorted().map(licenceOf).join(''));
}

/** A package that a module requires when it first needs it is bundled too: the bundler does not follow `createRequire`. */
function withRequire(code) {
  return code.search(REQUIRED) === -1 ? undefined : code.replaceAll(REQUIRED, 'require(');
}

/** One character beyond Latin-1 would make V8 hold the whole file with two bytes for each. */
function withOneByteEach(code) {
  return code.replaceAll(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `License: ${license}`;
  return `${name} ${version}\n\n${text}\n\n${'-'.repeat(80)}\n`;
}
