import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChunkText,
  fromByteString,
  latin1Of,
  latin1Slice,
  type OwnedKey,
  type OwnedKeyMap,
  type OwnedKeySet,
  ownKey,
  ownText,
  toByteString,
  utf8Slice,
} from '../../src/base/bytes.ts';
import { memoryHeldBy } from '../support/memory.ts';

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
    const text = new ChunkText();
    text.of(alphabet);
    expect(text.part(alphabet, 0, 3)).toBe('abc');
    expect(text.part(alphabet, 24, 27)).toBe('yz\xe9');
    expect(text.part(alphabet, 0, 27)).toBe('abcdefghijklmnopqrstuvwxyz\xe9');
    expect(text.part(Buffer.from('other bytes of some length'), 6, 11)).toBe('bytes');
  });

  it('are of the chunk that was given last, though it lies in the same memory', () => {
    const text = new ChunkText();
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

  it('are the same in a large chunk, in whatever order they are wanted, however long', () => {
    const chunk = Buffer.from(Array.from({ length: 40_000 }, (_, i) => (i * 7) % 256));
    const place = fc.nat(chunk.length);
    fc.assert(
      fc.property(fc.array(fc.tuple(place, place), { minLength: 1, maxLength: 30 }), (places) => {
        const text = new ChunkText();
        text.of(chunk);
        for (const [one, other] of places) {
          const [start, end] = one < other ? [one, other] : [other, one];
          expect(text.part(chunk, start, end)).toBe(chunk.toString('latin1', start, end));
        }
      }),
    );
  });

  it('keep a few thousand bytes of a large chunk each, not all of it', () => {
    const text = new ChunkText();
    let kept: string[] = [];
    const held = memoryHeldBy(() => {
      kept = Array.from({ length: 100 }, () => {
        const chunk = Buffer.alloc(256 * 1024, 'key:');
        text.of(chunk);
        return text.part(chunk, 100_000, 100_100);
      });
      text.of(undefined);
    });
    expect(held).toBeLessThan(2 * 1024 * 1024);
    expect(new Set(kept).size).toBe(1);
  });

  it('that become owned keys keep nothing of their chunk', () => {
    const text = new ChunkText();
    let kept: OwnedKey[] = [];
    const held = memoryHeldBy(() => {
      kept = Array.from({ length: 1000 }, () => {
        const chunk = Buffer.alloc(256 * 1024, 'key:');
        text.of(chunk);
        return ownKey(text.part(chunk, 100_000, 100_100));
      });
      text.of(undefined);
    });
    expect(held).toBeLessThan(1024 * 1024);
    expect(new Set<string>(kept)).toEqual(new Set(['key:'.repeat(25)]));
  });

  it('that are borrowed are refused by the compiler where they would be kept', () => {
    const map: OwnedKeyMap<number> = new Map();
    const set: OwnedKeySet = new Set<OwnedKey>();
    const borrowed = 'user:1'.slice(0, 4);
    map.set(ownKey(borrowed), 1);
    set.add(ownKey(borrowed));
    expect([map.get(borrowed), map.has(borrowed), set.has(borrowed)]).toEqual([1, true, true]);
    // @ts-expect-error -- not owned
    map.set(borrowed, 2);
    // @ts-expect-error -- not owned
    set.add(borrowed);
    expect([map.delete(borrowed), set.delete(borrowed), map.size, set.size]).toEqual([true, true, 0, 0]);
  });

  it('that are kept are copied out of it', () => {
    expect(ownText('a\xe9'.repeat(20).slice(3, 30))).toBe('a\xe9'.repeat(20).slice(3, 30));
    expect(ownText('')).toBe('');
    expect(ownText('long\xe9'.repeat(5000).slice(1))).toBe('long\xe9'.repeat(5000).slice(1));
  });
});
