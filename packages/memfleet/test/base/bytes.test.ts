import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromByteString, latin1Of, latin1Slice, toByteString, utf8Slice } from '../../src/base/bytes.ts';

describe('byte strings', () => {
  it('hold one byte a character, from any view of bytes', () => {
    const bytes = new Uint8Array([0x00, 0x61, 0xff, 0x0d, 0x0a]);
    expect(latin1Of(bytes)).toBe('\x00a\xff\r\n');
    expect(latin1Of(bytes.subarray(1, 3))).toBe('a\xff');
    expect(latin1Slice(bytes, 1, 3)).toBe('a\xff');
    expect(latin1Slice(bytes, 2, 2)).toBe('');
  });

  it('are the UTF-8 bytes of a text, and an ASCII text is its own', () => {
    expect(toByteString('user:1')).toBe('user:1');
    expect(toByteString('é')).toBe('\xc3\xa9');
    expect(toByteString('\u{1f600}')).toBe('\xf0\x9f\x98\x80');
    expect(utf8Slice(Buffer.from('aéb'), 1, 3)).toBe('é');
  });

  it('give the text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const bytes = toByteString(text);
        expect(bytes.length).toBe(Buffer.byteLength(text));
        expect(fromByteString(bytes)).toBe(text);
      }),
    );
  });
});
