/** The planted mistakes fit what was built: `npm run simulate -- --mutants` finds the place of each in dist/. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mutants } from '../src/mutants/list.ts';

const built = new URL('../../memfleet/dist/', import.meta.url);

test('the text that a mistake replaces occurs once in its file', () => {
  const wrong = Object.values(mutants)
    .flat()
    .map(({ file, name, search }) => ({
      name,
      count: readFileSync(new URL(file, built), 'utf8').split(search).length - 1,
    }))
    .filter(({ count }) => count !== 1);
  expect(wrong).toEqual([]);
});
