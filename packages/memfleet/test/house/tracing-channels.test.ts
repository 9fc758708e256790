/** The declarations of @types/node for TracingChannel: two parameters, whose order changed between Node 20 and 26. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '../../src');

test('a TracingChannel names its message twice, so that the declarations suit every @types/node', () => {
  const pairs = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(join(source, file), 'utf8').matchAll(/racingChannel<\s*(\w+),\s*(\w+),?\s*>/g),
    ]);
  expect(pairs.length).toBeGreaterThan(0);
  expect(pairs.filter(([, first, second]) => first !== second).map(([type]) => type)).toEqual([]);
});
