import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const library = fileURLToPath(new URL('packages/memfleet/src/', import.meta.url));

export default defineConfig({
  resolve: {
    // Tests see the sources, not dist/, so that they need no build.
    alias: [
      { find: /^memfleet$/, replacement: `${library}index.ts` },
      { find: /^memfleet\/locator$/, replacement: `${library}cluster/locator/index.ts` },
      { find: /^memfleet\/([a-z-]+)$/, replacement: `${library}$1/index.ts` },
    ],
  },
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    maxWorkers: 2,
    testTimeout: 10_000,
    hookTimeout: 10_000,
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
