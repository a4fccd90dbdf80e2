#!/usr/bin/env node
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `dayfold needs Node.js 24 or newer; this is ${process.versions.node}. Install it from nodejs.org or your distribution.\n`,
  );
  process.exit(1);
}
const { main } = await import('../dist/main.js');
await main(process.argv);
