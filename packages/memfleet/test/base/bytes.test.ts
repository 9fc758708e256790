import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChunkText,
  fromByteString,
  latin1Of,
  latin1Slice,
  ownText,
  toByteString,
  utf8Slice,
} from '../../src/base/bytes.ts';

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

describe('parts of the text of a chunk', () => {
  const alphabet = Buffer.from('abcdefghijklmnopqrstuvwxyz\xe9', 'latin1');

  it('are what the bytes are, of its chunk or of any other', () => {
    const text = new ChunkText(100);
    text.of(alphabet);
    expect(text.part(alphabet, 0, 3)).toBe('abc');
    expect(text.part(alphabet, 24, 27)).toBe('yz\xe9');
    expect(text.part(alphabet, 0, 27)).toBe('abcdefghijklmnopqrstuvwxyz\xe9');
    expect(text.part(Buffer.from('other bytes of some length'), 6, 11)).toBe('bytes');
  });

  it('are of the chunk that was given last, though it lies in the same memory', () => {
    const text = new ChunkText(100);
    const memory = Buffer.from('first second third fourth');
    text.of(memory);
    expect(text.part(memory, 0, 5)).toBe('first');
    memory.write('FIRST');
    text.of(memory);
    expect(text.part(memory, 0, 5)).toBe('FIRST');
    text.of(undefined);
    memory.write('other');
    expect(text.part(memory, 0, 5)).toBe('other');
  });

  it('of a chunk over the bound are texts of their own', () => {
    const text = new ChunkText(10);
    text.of(alphabet);
    expect(text.part(alphabet, 0, 3)).toBe('abc');
    alphabet.write('xyz');
    expect(text.part(alphabet, 0, 3)).toBe('xyz');
  });

  it('that shall be kept are taken out of it', () => {
    expect(ownText('a\xe9'.repeat(20).slice(3, 30))).toBe('a\xe9'.repeat(20).slice(3, 30));
    expect(ownText('')).toBe('');
  });
});
