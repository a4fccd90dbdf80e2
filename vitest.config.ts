import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@dayfold/source', 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: ['@dayfold/source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['core/*/test/**/*.test.ts', 'plugins/*/test/**/*.test.ts', 'test/*/test/**/*.test.ts'],
    setupFiles: ['vitest.setup.ts'],
    pool: 'forks',
    execArgv: ['--conditions=@dayfold/source'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
