import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globOf } from '../../src/fleet/glob.ts';

test.each([
  ['user:*', 'user:1', true],
  ['user:*', 'auser:1', false],
  ['*', '', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['?', '😀', true],
  ['[a-c]x', 'bx', true],
  ['[!a-c]x', 'bx', false],
  ['[^a-c]x', 'dx', true],
  ['[]x]', ']', true],
  ['[a-]', '-', true],
  ['a.c', 'abc', false],
  ['\\*', '*', true],
  ['\\*', 'x', false],
  ['**a**b', 'xxaxxb', true],
])('%s against %s: %s', (pattern, text, expected) => {
  expect(globOf(pattern)(text)).toBe(expected);
});

test.each(['[', '[a', '[]', '\\'])('%s is no pattern', (pattern) => {
  expect(() => globOf(pattern)).toThrow(/A (?:\[ in a )?pattern/);
});

test('it agrees with a regular expression', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 12 });
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 16 });
  fc.assert(
    fc.property(letters, texts, (pattern, text) => {
      const source = pattern.replaceAll('*', '.*').replaceAll('?', '.');
      expect(globOf(pattern)(text)).toBe(new RegExp(`^${source}$`).test(text));
    }),
  );
});

test('a pattern with many stars takes no exponential time', () => {
  expect(globOf(`${'a*'.repeat(100)}b`)('a'.repeat(250))).toBe(false);
});
