/** Mistakes of newcomers: the error names what is missing. */
import { expect, expectTypeOf, test } from 'vitest';
import { InvalidArgumentError } from '../../src/core/errors.ts';
import { World } from './support/world.ts';

test.each([
  ['without near cache', {}],
  ['with near cache', { near: { ttl: 1000 } }],
])('getOrSet without a loader is refused, %s', async (_, options) => {
  const { cache } = new World().start(options);
  const call = cache.getOrSet(...(['page:/'] as unknown as [string, string]));
  await expect(call).rejects.toThrow(InvalidArgumentError);
  await expect(call).rejects.toThrow('getOrSet of "page:/" needs a loader, or a value, not undefined');
});

test.each([
  [undefined, 'options must be an object with a function `key`, not undefined'],
  [null, 'options must be an object with a function `key`, not null'],
  [() => 'key', 'options must be an object with a function `key`, not a function'],
  [{ ttl: 60 }, 'key must be a function, not undefined'],
])('wrap without a key is refused: %o', (options, message) => {
  const { cache } = new World().start();
  expect(() => cache.wrap(() => 1, options as never)).toThrow(InvalidArgumentError);
  expect(() => cache.wrap(() => 1, options as never)).toThrow(message);
});

test('a loader that may have nothing makes a result that may be undefined', () => {
  const { cache } = new World().start();
  const call = () => cache.getOrSet('key', (): number | undefined => undefined);
  expectTypeOf(call).returns.resolves.toEqualTypeOf<number | undefined>();
  const sure = () => cache.getOrSet('key', async () => 1);
  expectTypeOf(sure).returns.resolves.toEqualTypeOf<number>();
});
