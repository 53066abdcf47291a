import { defineConfig } from 'vitest/config';

// Tests run on the packages' sources, so that none needs a build of another. Most packages run theirs with --no-isolate: files of tests share
// the modules that they load, which takes a third of the time. Then a test frees what it makes, and stubs nothing for longer than itself.
const conditions = ['@resnetjs/source', 'module', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // What needs longer says so beside its test, and why. Hooks build pages and start browsers.
    testTimeout: 20_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
  },
});
