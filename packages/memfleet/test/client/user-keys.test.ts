import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserKeys } from '../../src/client/user-keys.ts';

test("finds the user's key of a wire key in any order, also repeatedly", () => {
  const wanted = fc
    .uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 60 })
    .chain((given) => fc.tuple(fc.constant(given), fc.array(fc.nat({ max: given.length - 1 }), { maxLength: 80 })));
  fc.assert(
    fc.property(wanted, ([given, places]) => {
      const wire = given.map((key) => `app:${key}`);
      const keys = new UserKeys(wire, given);
      for (const place of places) expect(keys.of(wire[place] as string)).toBe(given[place]);
    }),
  );
});

test('returns a wire key that the call does not have unchanged', () => {
  expect(new UserKeys(['app:a', 'app:b'], ['a', 'b']).of('c')).toBe('c');
  expect(new UserKeys(['a', 'b'], ['a', 'b']).of('c')).toBe('c');
});
