/**
 * A value that somebody else wrote into the cache stops the process that reads it: its flags say that it is a number,
 * and its digits do not end.
 */
import { describe, expect, test } from 'vitest';
import { RawValue, transcoders } from '../../src/client/index.ts';
import { parseNodes } from '../../src/cluster/node-spec.ts';
import { InvalidArgumentError, UnsafeIntegerError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { cpuOf } from '../support/cpu-of.ts';

function decode(text: string, flags: number): unknown {
  const reply = new Reply().reset('ok');
  reply.flags = flags;
  reply.setText(text);
  return transcoders.auto.decode(reply);
}

const number = 8;
const bigint = 16;

describe('a stored value of a hundred thousand digits', () => {
  test.each([
    ['a number, and a letter at the end', `${'1'.repeat(200_000)}x`, number],
    ['a number with a fraction, and a letter at the end', `1.${'1'.repeat(200_000)}x`, number],
    ['a number, and spaces before a letter', `1${' '.repeat(200_000)}x`, number],
    ['a bigint, and a letter at the end', `${'1'.repeat(99_999)}x`, bigint],
    ['a bigint that is too long', '1'.repeat(2_000_000), bigint],
  ])('said to be %s, is a RawValue at once', (_, text, flags) => {
    const cpu = cpuOf(() => {
      expect(decode(text, flags)).toBeInstanceOf(RawValue);
    });
    expect(cpu).toBeLessThan(100);
  });

  test('is a number all the same if it is one', () => {
    expect(() => decode('1'.repeat(400), number)).toThrow(UnsafeIntegerError);
    expect(decode('1.', number)).toBe(1);
    expect(decode('.5e-3  ', number)).toBe(0.0005);
    expect(decode(`-${'9'.repeat(99_999)}`, bigint)).toBe(1n - 10n ** 99_999n);
  });

  test('is not written by us: what is stored can be read', () => {
    expect(transcoders.auto.encode(10n ** 99_999n).data).toHaveLength(100_000);
    expect(() => transcoders.auto.encode(10n ** 100_000n)).toThrow(InvalidArgumentError);
  });
});

test('a node name of ten thousand colons is refused at once', () => {
  const cpu = cpuOf(() => {
    expect(() => parseNodes([`${':'.repeat(10_000)}/`])).toThrow(/is not host/);
  });
  expect(cpu).toBeLessThan(100);
});
