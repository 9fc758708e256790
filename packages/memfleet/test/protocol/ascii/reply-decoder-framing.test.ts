/**
 * Replies cut anywhere: any chunking of the same bytes gives the same replies, and nothing a node sends hangs the
 * decoder.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../src/core/errors.ts';
import type { Reply } from '../../../src/core/reply.ts';
import type { Decoder, Limits } from '../../../src/protocol/codec.ts';
import { metaCodec } from '../../../src/protocol/meta/codec.ts';
import { type Decoding, repliesOf } from '../../support/decode-replies.ts';

const own = 64 * 1024;

function decoderOf(limits: Partial<Limits> = {}): { decoder: Decoder; values: string[] } {
  const values: string[] = [];
  const sink = { onReply: (reply: Reply): void => void values.push(reply.hasValue ? reply.text() : reply.status) };
  return { decoder: metaCodec.replyDecoder(sink, limits), values };
}

function push(decoder: Decoder, text: string): void {
  decoder.push(Buffer.from(text, 'latin1'));
}

describe('any chunking gives the same replies', () => {
  const value = fc.oneof(
    { weight: 5, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 40 }) },
    { weight: 2, arbitrary: fc.constantFrom('', '\r\n', '\r\nEND\r\n', 'VALUE a 0 1\r\n') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(4096, own - 1, own, own + 1, 200_000).map((length) => 'v'.repeat(length)),
    },
  );
  const reply = fc.oneof(
    value.map((data) => `VA ${data.length} f5 c9 t-1\r\n${data}\r\n`),
    value.map((data) => `VALUE some:key 7 ${data.length} 88\r\n${data}\r\n`),
    fc.constantFrom('HD\r\n', 'EN\r\n', 'MN\r\n', 'END\r\n', 'STORED\r\n', '12\r\n', 'STAT a b c\r\n'),
    fc.constantFrom('VERSION 1.6.18\r\n', 'CLIENT_ERROR bad data chunk\r\n', 'HD kYSBi b O12 W\r\n'),
  );
  const chunk = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1000, max: 70_000 }));

  it('of random replies, pushed or read straight into their values', () => {
    fc.assert(
      fc.property(
        fc.array(reply, { minLength: 1, maxLength: 6 }),
        fc.array(chunk, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (replies, chunks, direct) => {
          const said = replies.join('');
          const decoding: Decoding = { chunks, direct };
          const once = repliesOf(said);
          expect(once).toHaveLength(replies.length);
          expect(repliesOf(said, decoding)).toEqual(once);
        },
      ),
      { numRuns: 120 },
    );
  });

  it('of values whose lines are of one length or not, with line ends where that of the line before was', () => {
    const data = fc.oneof(fc.stringMatching(/^[a\r\n]{0,12}$/), fc.constantFrom('\r\n', 'VALUE k 0 1\r\na\r\n'));
    const item = fc.tuple(
      fc.stringMatching(/^[k0 ]{1,9}$/).map((key) => key.replaceAll(' ', '\t')),
      data,
    );
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 12 }), (items) => {
        const said = items.map(([key, text]) => `VALUE ${key} 0 ${text.length}\r\n${text}\r\n`).join('');
        const told = repliesOf(said).map(({ key, value }) => [key, value]);
        expect(told).toEqual(items);
      }),
      { numRuns: 500 },
    );
  });

  it('of a value in the midst of others whose data looks like the end of its line', () => {
    const lines = ['VALUE longer:key 0 3\r\nabc\r\n', 'VALUE k 0 7\r\n12345\r\n\r\n', 'VALUE k 0 6\r\n123\r\n6\r\n'];
    expect(repliesOf(lines.join('')).map(({ value }) => value)).toEqual(['abc', '12345\r\n', '123\r\n6']);
  });

  const first = 'VALUE k 0 1\r\na\r\n';

  it.each([
    ['a word that is cut short', `${first}VAL\r\n b 0 1\r\nv\r\n`, 'not a reply line: "VAL'],
    ['a key that is cut short', `VALUE k\r 0 1\r\na\r\nVALUE x\r\n0 1\r\nv\r\n`, 'not a reply line: "VALUE x'],
    ['a key and a half', 'VALUE abcd 0 1\r\nv\r\nVALUE x\r\nb 0 1\r\nv\r\n', 'not a reply line: "VALUE x'],
    ['no CR before its LF', `${first}VALUE b 0 1x\nv\r\n`, 'not a reply line: "VALUE b 0 1x'],
    ['a value over the limit', `${first}VALUE b 0 9\r\n123456789\r\n`, 'a value has 9 bytes; at most 5'],
  ])('of a line as long as the one before, with %s, is an error', (_what, said, message) => {
    for (const chunks of [[said.length], [1]]) {
      expect(() => repliesOf(said, { chunks, limits: { maxValue: 5 } })).toThrow(message);
    }
  });

  it('of meta values whose data ends where the line before did', () => {
    const said = 'VA 1 Oabcdefg\r\nx\r\nVA 7 Oab\r\nabc\r\nxy\r\nVA 2 kab\r\na\n\r\n';
    expect(repliesOf(said).map(({ value }) => value)).toEqual(['x', 'abc\r\nxy', 'a\n']);
  });

  it('of every kind of reply, byte by byte and cut at every place', () => {
    const said =
      'VA 5 f1\r\n\r\nEN\r\r\nHD c7\r\nVALUE a 0 2\r\nxy\r\nEND\r\n42\r\nSERVER_ERROR out of memory\r\nMN\r\n';
    const once = repliesOf(said);
    expect(once).toHaveLength(7);
    expect(repliesOf(said, { chunks: [1] })).toEqual(once);
    for (let at = 1; at < said.length; at++) expect(repliesOf(said, { chunks: [at, said.length] })).toEqual(once);
  });
});

describe('a large value', () => {
  it('is read straight into a buffer of its own, and that buffer is given to the caller', () => {
    const length = own + 10;
    const targets: Uint8Array[] = [];
    let given: Uint8Array | undefined;
    const decoder = metaCodec.replyDecoder({
      onReply: (reply) => {
        expect(reply.isOwned).toBe(true);
        given = reply.bytes();
      },
    });
    push(decoder, `VA ${length}\r\nab`);
    for (let left = length - 2; left > 0;) {
      const target = decoder.target() as Uint8Array;
      expect(target.length).toBe(left);
      const count = Math.min(left, 20_000);
      target.fill(0x63, 0, count);
      targets.push(target);
      decoder.filled(count);
      left -= count;
    }
    expect(decoder.target()).toBeUndefined();
    expect(given).toBeUndefined();
    push(decoder, '\r\n');
    expect(given?.length).toBe(length);
    expect(given?.buffer).toBe(targets[0]?.buffer);
    expect(Buffer.from(given as Uint8Array).toString()).toBe(`ab${'c'.repeat(length - 2)}`);
  });

  it('is not wished for while a small value or a line is in progress', () => {
    const { decoder } = decoderOf();
    expect(decoder.target()).toBeUndefined();
    push(decoder, `VA ${own}\r\nab`);
    expect(decoder.target()).toBeUndefined();
    const other = decoderOf().decoder;
    push(other, 'VA 99');
    expect(other.target()).toBeUndefined();
  });

  it('does not overwrite the one before, which its caller keeps', () => {
    const kept: Uint8Array[] = [];
    const decoder = metaCodec.replyDecoder({ onReply: (reply) => void kept.push(reply.bytes()) });
    for (const letter of ['a', 'b']) push(decoder, `VA ${own + 1}\r\n${letter.repeat(own + 1)}\r\n`);
    for (const letter of ['c', 'd']) {
      push(decoder, `VA 2\r\n${letter}`);
      push(decoder, `${letter}\r\n`);
    }
    expect(kept.map((bytes) => String.fromCharCode(bytes[0] as number))).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('what is over a limit', () => {
  it('is refused: a line, whole or cut, with or without its end', () => {
    const limits = { maxLine: 20 };
    const longest = `VERSION ${'x'.repeat(12)}`;
    expect(repliesOf(`${longest}\r\n`, { limits })).toHaveLength(1);
    expect(repliesOf(`${longest}\r\n`, { limits, chunks: [3] })).toHaveLength(1);
    for (const chunks of [[100], [5], [1]])
      expect(() => repliesOf(`${longest}x\r\n`, { limits, chunks })).toThrow(/at most 20|longer than 20/);
    const { decoder } = decoderOf(limits);
    expect(() => push(decoder, 'x'.repeat(23))).toThrow(ProtocolError);
  });

  it('is refused: a value, before any memory is taken for it', () => {
    const limits = { maxValue: 100 };
    expect(repliesOf(`VA 100\r\n${'v'.repeat(100)}\r\n`, { limits })).toHaveLength(1);
    expect(() => repliesOf('VA 101\r\n', { limits })).toThrow(/101 bytes; at most 100/);
    expect(() => repliesOf('VALUE a 0 101\r\n', { limits })).toThrow(/101 bytes; at most 100/);
    expect(() => repliesOf('VA 4294967296\r\n')).toThrow(/at most 134217728/);
  });
});

describe('a value that is not followed by CR LF', () => {
  it.each(['VA 2\r\nabc\r\n', 'VA 2\r\nab\n\r', 'VALUE a 0 2\r\nab\r\r', `VA ${own + 1}\r\n${'v'.repeat(own + 1)}xx`])(
    'is refused, whole or cut: %.20j',
    (said) => {
      expect(() => repliesOf(said)).toThrow('a value is not followed by CR LF');
      expect(() => repliesOf(said, { chunks: [1000, 7] })).toThrow('a value is not followed by CR LF');
      expect(() => repliesOf(said, { chunks: [said.length - 1, 1] })).toThrow('a value is not followed by CR LF');
    },
  );
});

describe('the end of the stream', () => {
  it('is fine between replies', () => {
    expect(repliesOf('HD\r\n')).toHaveLength(1);
    expect(repliesOf('')).toHaveLength(0);
  });

  it.each(['H', 'HD\r', 'VA 2\r\n', 'VA 2\r\nab', 'VA 2\r\nab\r', 'VALUE a 0 100000\r\nab'])(
    'is an error inside of one: %j',
    (said) => {
      expect(() => repliesOf(said)).toThrow(/the stream ended inside a (line|value)/);
    },
  );
});

describe('bytes that are no protocol', () => {
  it('are a ProtocolError or wait for more, and the replies before them are given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (noise, size) => {
        const { decoder, values } = decoderOf();
        push(decoder, 'VA 1\r\nx\r\n');
        try {
          for (let at = 0; at < noise.length; at += size) decoder.push(noise.subarray(at, at + size));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
        expect(values[0]).toBe('x');
      }),
      { numRuns: 300 },
    );
  });

  it('that look like the protocol are too', () => {
    const word = fc.constantFrom(
      'VA',
      'VALUE',
      'HD',
      'EN',
      'END',
      ' ',
      '\r\n',
      '\r',
      '\n',
      '5',
      'a',
      'f1',
      'k',
      'b',
      'STAT',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const { decoder } = decoderOf();
        try {
          for (const piece of words) push(decoder, piece);
          decoder.end();
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('kill the decoder: it says the same of whatever follows', () => {
    const { decoder, values } = decoderOf();
    expect(() => push(decoder, 'HD\r\nnonsense\r\nHD\r\n')).toThrow('not a reply line: "nonsense');
    expect(() => push(decoder, 'HD\r\n')).toThrow('not a reply line: "nonsense');
    expect(values).toEqual(['ok']);
  });
});
