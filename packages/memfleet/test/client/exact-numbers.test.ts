/** Integers of 64 bits, which numbers do not hold: exact or an error, whatever the transcoder. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { transcoders } from '../../src/client/index.ts';
import { UnsafeIntegerError } from '../../src/core/errors.ts';
import { roundTrip, stored } from '../support/stored-values.ts';

const { auto, compressed, couchbase, json, memcacheClient, php, python, spymemcached } = transcoders;

describe('an integer that no number holds', () => {
  const most = '18446744073709551615';

  test.each([
    ['auto, a number', auto, 8],
    ['auto, JSON', auto, 2],
    ['json', json, 2],
    ['couchbase, a counter that the node made', couchbase, 0],
    ['couchbase, JSON', couchbase, 0x0200_0000],
    ['compressed', compressed(auto), 8],
    ['php, a float', php, 2],
    ['php, JSON', php, 6],
    ['memcacheClient, a number', memcacheClient, 4],
    ['memcacheClient, JSON', memcacheClient, 2],
    ['python with JSON', python.with({ json: true }), 16],
    ['spymemcached with JSON', spymemcached.with({ json: true }), 0],
  ] as const)('%s: is an error', (_, transcoder, flags) => {
    for (const data of [most, '9007199254740993', '-9007199254740993', `${most}   `, '9'.repeat(400)])
      expect(() => transcoder.decode(stored({ data, flags }))).toThrow(UnsafeIntegerError);
  });

  test('the types that have bigints read it as one', () => {
    for (const [transcoder, flags] of [
      [auto, 16],
      [python, 2],
    ] as const)
      expect(transcoder.decode(stored({ data: most, flags }))).toBe(BigInt(most));
  });

  test('every number that was written comes back', () => {
    const numbers = fc.oneof(fc.double(), fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(Number));
    fc.assert(
      fc.property(numbers, (number) => {
        expect(roundTrip<unknown>(auto, number)).toBe(number);
        if (Number.isFinite(number)) expect(roundTrip<unknown>(couchbase, number)).toBe(number + 0 === 0 ? 0 : number);
      }),
    );
  });

  test('within a document it is what JSON.parse makes of it', () => {
    expect(json.decode(stored({ data: `[${most}]`, flags: 2 }))).toEqual([Number(most)]);
  });
});
