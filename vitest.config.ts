import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { spoiledReplies } from './packages/memfleet/test/support/spoiled-replies.ts';
import { exampleModules } from './scripts/examples.mjs';
import { testProjects } from './scripts/test-projects.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));
const { outsiders, memory } = testProjects(root);
const tests = ['packages/*/test/**/*.test.ts', 'bench/test/**/*.test.ts'];
const library = fileURLToPath(new URL('packages/memfleet/src/', import.meta.url));

export default defineConfig({
  plugins: [spoiledReplies(), exampleModules(root)],
  // The example for Nest has decorators.
  oxc: { decorator: { legacy: true } },
  resolve: {
    // Tests see the sources, not dist/, so that they need no build.
    alias: [
      { find: /^memfleet$/, replacement: `${library}index.ts` },
      { find: /^memfleet\/locator$/, replacement: `${library}cluster/locator/index.ts` },
      { find: /^memfleet\/(adapters\/[a-z-]+)$/, replacement: `${library}$1.ts` },
      { find: /^memfleet\/testing\/setup$/, replacement: `${library}testing/setup.ts` },
      { find: /^memfleet\/([a-z-]+)$/, replacement: `${library}$1/index.ts` },
    ],
  },
  test: {
    projects: [
      // These share a process and its modules: loading the modules for each file was half of the time.
      { extends: true, test: { name: 'unit', include: tests, exclude: [...outsiders, ...memory], isolate: false } },
      { extends: true, test: { name: 'memory', include: memory } },
      { extends: true, test: { name: 'outsiders', include: outsiders } },
    ],
    // Loads what a client otherwise imports at its first use, because tests count turns of the event loop.
    setupFiles: ['packages/memfleet/test/support/loaded-parts.ts'],
    maxWorkers: 2,
    // A bound on hanging, not on time: the machine may be busy with other work.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    unstubGlobals: true,
    restoreMocks: true,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      reportsDirectory: 'coverage',
    },
  },
});
