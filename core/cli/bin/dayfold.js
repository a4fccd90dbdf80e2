#!/usr/bin/env node
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `dayfold needs Node.js 24 or newer; this is ${process.versions.node}. Install it from nodejs.org or your distribution.\n`,
  );
  process.exit(1);
}
await keepCompiled();
const { main } = await import('../bundle/main.cjs');
await main(process.argv);

/** Keeps compiled code from one start to the next. Where nothing can be written each start compiles anew, and all else is the same. */
async function keepCompiled() {
  const [{ enableCompileCache }, { homedir }, { join }] = await Promise.all(
    ['module', 'os', 'path'].map((name) => import(`node:${name}`)),
  );
  try {
    enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dayfold'));
  } catch {
    // There is no home folder.
  }
}
