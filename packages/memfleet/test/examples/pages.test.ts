/** Every example of README and docs runs, against the embedded server, and prints what its comments say. */
import { describe, expect, it } from 'vitest';
import { examples, expectPrints, serveExamples } from './support.ts';

/** Examples that a test of their own runs: by page, where that test stands. */
const elsewhere: Readonly<Record<string, string>> = {
  'docs/frameworks.md': 'frameworks.test.ts',
  'docs/from-ioredis.md': 'redis.test.ts',
};
const runnersOf = {
  page: 'docs/testing.md',
  names: ['products.vitest.js', 'products.jest.js', 'products.test.mjs', 'store.vitest.js', 'cache.setup.mjs'],
};

const here = examples.filter(
  ({ page, name }) => !(page in elsewhere) && !(page === runnersOf.page && runnersOf.names.includes(name)),
);

serveExamples();

it('finds the examples', () => {
  expect(new Set(examples.map(({ page }) => page)).size).toBeGreaterThanOrEqual(7);
  expect(here.length).toBeGreaterThanOrEqual(10);
  expect(examples.map(({ page, name }) => `${page} ${name}`)).toEqual([
    ...new Set(examples.map(({ page, name }) => `${page} ${name}`)),
  ]);
});

describe.each(here)('$page $name', (example) => {
  it('prints what its comments say', () => expectPrints(example));
});
