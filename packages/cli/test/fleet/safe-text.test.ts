/** Texts that fit into the cells of a terminal, and do not act on it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fit, safeKey, safeText, widthOf } from '../../src/fleet/safe-text.ts';

test('letters of many scripts stay, everything that acts or has no sure width becomes %XX', () => {
  expect(safeText('schlüssel/Ключ/日本')).toBe('schlüssel/Ключ/日本');
  expect(safeText('a\u001b[31mb')).toBe('a%1B[31mb');
  expect(safeText('a\u202eb\u0301\u{1f600}')).toBe('a%E2%80%AEb%CC%81%F0%9F%98%80');
  expect(safeKey(Buffer.from([0x61, 0xff, 0x9b]))).toBe('a%FF%9B');
});

test('a text fits exactly, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, width) => {
      const safe = safeText(text);
      expect(safe).not.toMatch(/[\p{C}\p{M}]/u);
      expect(widthOf(fit(safe, width))).toBe(width);
      expect(widthOf(fit(safe, width, 'right'))).toBe(width);
    }),
  );
});

test('what is too long ends with …, and a wide character is not halved', () => {
  expect(fit('abcdef', 4)).toBe('abc…');
  expect(fit('日本語', 4)).toBe('日… ');
});
