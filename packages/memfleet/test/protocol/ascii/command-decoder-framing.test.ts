/**
 * Requests that are cut anywhere: any chunking of the same bytes gives the same commands, and nothing a peer sends
 * throws or hangs. Lines by themselves: command-decoder-lines.test.ts.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../src/core/errors.ts';
import { AsciiCommandDecoder } from '../../../src/protocol/ascii/command-decoder.ts';
import { defaultLimits } from '../../../src/protocol/codec.ts';
import { metaVerbs } from '../../../src/protocol/meta/parse-command.ts';
import { transcripts } from '../../../src/testing/transcripts/index.ts';
import { decode, decoderOf, shownOf } from '../../support/decode-commands.ts';
import { memoryHeldBy } from '../../support/memory.ts';

const text = { dialect: 'text' } as const;
const error = { verb: 'invalid', ...text, fault: 'ERROR' };

describe('decoders of which one decodes while the other hands a command over', () => {
  it.each(['owned', 'borrowed'] as const)('read each their own lines, with texts that are %s', (texts) => {
    const seen: string[] = [];
    const inner = new AsciiCommandDecoder(
      metaVerbs,
      { onCommand: ({ verb, key, value }) => void seen.push(`inner ${verb} ${key} ${String(value)}`) },
      defaultLimits,
      texts,
    );
    const outer = new AsciiCommandDecoder(
      metaVerbs,
      {
        onCommand: ({ verb, key, value }) => {
          seen.push(`outer ${verb} ${key} ${String(value)}`);
          inner.push(Buffer.from('delete other\r\nset x 1 2 1\r\ny\r\n'));
        },
      },
      defaultLimits,
      texts,
    );
    outer.push(Buffer.from('get first\r\nset second 0 0 3\r\nabc\r\nset x y 0 10\r\nget hidden\r\nget thi'));
    outer.push(Buffer.from('rd\r\n'));
    const within = ['inner delete other ', 'inner store x y'];
    expect(seen).toEqual(
      ['outer get first ', 'outer store second abc', 'outer invalid  ', 'outer get third '].flatMap((line) => [
        line,
        ...within,
      ]),
    );
  });

  it('take nothing over from one whose receiver threw', () => {
    const chunk = Buffer.from('get some:key:of:it\r\nget another\r\n');
    const failing = {
      onCommand: (): void => {
        throw new Error('no');
      },
    };
    const thrown = new AsciiCommandDecoder(metaVerbs, failing, defaultLimits, 'borrowed');
    expect(() => thrown.push(chunk)).toThrow('no');
    const { decoder, commands } = decoderOf();
    chunk.write('get other');
    decoder.push(chunk);
    expect(commands.map(({ key }) => key)).toEqual(['otherkey:of:it', 'another']);
  });
});

describe('a text of its own', () => {
  it('keeps nothing of the chunk that it came in', () => {
    const { decoder, commands } = decoderOf();
    const filler = `get ${'k '.repeat(30_000)}\r\n`;
    const held = memoryHeldBy(() => {
      for (let i = 0; i < 300; i++) {
        decoder.push(Buffer.from(`set some:key:${i} 0 0 30\r\n${'v'.repeat(30)}\r\n${filler}`));
        commands.length = i + 1;
      }
    });
    expect(held).toBeLessThan(1024 * 1024);
    expect(commands.map(({ key }) => key)).toEqual(Array.from({ length: 300 }, (_, i) => `some:key:${i}`));
  });
});

describe('any chunking gives the same commands', () => {
  it.each(transcripts.filter(({ exchanges }) => exchanges.every(({ send }) => send.length < 100_000)))(
    'of the transcript $name ($protocol), byte by byte',
    ({ exchanges }) => {
      const said = exchanges.map(({ send }) => send.replaceAll(/\{\w+\}/g, '1')).join('');
      const once = shownOf(said);
      expect(once.length).toBeGreaterThan(0);
      expect(shownOf(said, { chunks: [1] })).toEqual(once);
      expect(shownOf(said, { chunks: [7, 1, 300] })).toEqual(once);
    },
  );

  const key = fc.stringMatching(/^[a-z]{1,12}$/);
  const value = fc.oneof(
    fc.string({ unit: 'binary-ascii', maxLength: 40 }),
    fc.constantFrom('\r\n', '\r\nEND\r\n', 'get a\r\n'),
    fc.constantFrom(4095, 4096, 4097, 65_536, 65_537, 200_000).map((length) => 'v'.repeat(length)),
  );
  const request = fc.oneof(
    fc.array(key, { minLength: 1, maxLength: 40 }).map((keys) => `get ${keys.join(' ')}\r\n`),
    fc.tuple(key, value).map(([name, data]) => `set ${name} 1 0 ${data.length}\r\n${data}\r\n`),
    fc.tuple(key, value).map(([name, data]) => `ms ${name} ${data.length} c T60\r\n${data}\r\n`),
    fc.tuple(key, value).map(([name, data]) => `set ${name} x 0 ${data.length} noreply\n${data}\r\n`),
    fc.tuple(key, value).map(([name, data]) => `set ${name} 0 0 ${data.length}\r\n${data}!!`),
    fc.constantFrom('mn\r\n', 'mg a v\n', '\r\n', 'nonesuch\r\n', 'set a 0 0 -1\r\n', 'stats items\r\n'),
    fc.constantFrom('quit\r\n', 'a b HTTP/1.1\r\n', `delete ${'k'.repeat(3000)}\r\n`),
  );

  it('of random requests, pushed or read straight into their values', () => {
    fc.assert(
      fc.property(
        fc.array(request, { maxLength: 6 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1000, max: 70_000 })), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.boolean(),
        (requests, chunks, direct) => {
          const said = requests.join('');
          // A 200 KB value by the byte would be slow and show nothing.
          const lengths = said.length > 5000 ? chunks.map((length) => length + 997) : chunks;
          const whole = shownOf(said);
          expect(shownOf(said, { chunks: lengths, direct })).toEqual(whole);
          expect(shownOf(said, { chunks: lengths, direct, texts: 'borrowed' })).toEqual(whole);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('of random bytes, without a throw and without a hang', () => {
    const word = fc.constantFrom(
      'get',
      'gat',
      'set',
      'cas',
      'ms',
      'mg',
      'ma',
      'a',
      '0',
      '3',
      '-1',
      'b',
      'T9',
      'noreply',
      'x',
    );
    const noise = fc.array(
      fc.oneof(word, fc.constantFrom(' ', ' ', ' ', '\r\n', '\n', '\r'), fc.string({ unit: 'binary-ascii' })),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          noise.map((parts) => parts.join('')),
          fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
        ),
        fc.integer({ min: 1, max: 9 }),
        (said, chunk) => {
          const limits = { maxLine: 40, maxKey: 12, maxValue: 100 };
          expect(shownOf(said, { chunks: [chunk], limits })).toEqual(shownOf(said, { limits }));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('a data block', () => {
  it.each([0, 1, 4096])('of %i bytes becomes a byte string', (length) => {
    const value = '\xff'.repeat(length);
    for (const chunks of [[1_000_000], [1000], [13, 700]]) {
      expect(decode(`set a 0 0 ${length}\r\n${value}\r\n`, { chunks })[0]?.value).toBe(value);
    }
  });

  it.each([4097, 65_536, 65_537, 300_000])('of %i bytes becomes a buffer of its own', (length) => {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => i & 255));
    const said = `set a 0 0 ${length}\r\n${bytes.toString('latin1')}\r\n`;
    for (const chunks of [[1_000_000], [1000], [65_536, 13]]) {
      for (const direct of [false, true]) {
        const value = decode(said, { chunks, direct })[0]?.value as Buffer;
        expect(bytes.equals(value)).toBe(true);
        expect(value.byteLength).toBe(value.buffer.byteLength);
      }
    }
  });

  it('above 64 KB wants to be read straight into its buffer, up to its last byte', () => {
    const { decoder, commands } = decoderOf();
    expect(decoder.target()).toBeUndefined();
    decoder.push(Buffer.from('set a 0 0 70000\r\nabc'));
    const target = decoder.target() as Uint8Array;
    expect(target.length).toBe(69_997);
    target.fill(120);
    decoder.filled(69_000);
    expect(decoder.target()?.length).toBe(997);
    decoder.filled(997);
    expect(decoder.target()).toBeUndefined();
    decoder.push(Buffer.from('\r'));
    decoder.push(Buffer.from('\nmn\r\n'));
    expect(commands.map(({ verb }) => verb)).toEqual(['store', 'noop']);
    expect(Buffer.from(commands[0]?.value as Uint8Array).toString()).toBe(`abc${'x'.repeat(69_997)}`);
  });

  it('of up to 64 KB does not', () => {
    const { decoder } = decoderOf();
    decoder.push(Buffer.from('set a 0 0 65536\r\nabc'));
    expect(decoder.target()).toBeUndefined();
  });

  const badChunk = { verb: 'invalid', fault: 'CLIENT_ERROR bad data chunk' };
  it.each([
    ['set a 0 0 3\r\nabcd\r\nmn\r\n', [{ ...badChunk, ...text }, error, { verb: 'noop' }]],
    ['set a 0 0 3 noreply\r\nabc!\rmn\r\n', [{ ...badChunk, ...text, quiet: true }, { verb: 'noop' }]],
    ['ms a 3 q\r\nabc!!mn\r\n', [badChunk, { verb: 'noop' }]],
    ['set a 0 0 3\r\nabc\nmn\r\n', [{ ...badChunk, ...text }, error]],
  ])('without its CR LF is refused, and the stream goes on behind it: %j', (said, shown) => {
    expect(shownOf(said)).toEqual(shown);
    expect(shownOf(said, { chunks: [1] })).toEqual(shown);
  });

  it.each([
    ['set a 0 0 6\r\nflush!\r\n', text, true],
    ['add a 0 0 6\r\nflush!\r\n', text, false],
    ['cas a 0 0 6 1\r\nflush!\r\n', text, false],
    ['set a 0 0 6 noreply\r\nflush!\r\n', { ...text, quiet: true }, true],
    ['ms a 6 q\r\nflush!\r\n', {}, true],
    ['ms a 6 ME\r\nflush!\r\n', {}, true],
  ])('over the limit is skipped: %j', (said, more, isForgotten) => {
    const fault = `SERVER_ERROR object too large for cache${isForgotten ? ', forget' : ''}`;
    const shown = [{ verb: 'invalid', key: 'a', fault, ...more }, { verb: 'noop' }];
    expect(shownOf(`${said}mn\r\n`, { limits: { maxValue: 5 } })).toEqual(shown);
    expect(shownOf(`${said}mn\r\n`, { limits: { maxValue: 5 }, chunks: [1] })).toEqual(shown);
  });
});

describe('after', () => {
  it.each(['quit\r\n', 'GET / HTTP/1.1\r\n'])('%j nothing is read', (line) => {
    expect(shownOf(`${line}flush_all\r\nget a\r\n`)).toMatchObject([{ verb: 'quit', ...text }]);
  });
});

describe('the end of the stream', () => {
  it.each(['', 'get a\r\n', 'set a 0 0 1\r\nx\r\n', 'quit\r\nget a'])('after %j is fine', (said) => {
    const { decoder } = decoderOf();
    decoder.push(Buffer.from(said));
    decoder.end();
  });

  it.each(['get a', 'set a 0 0 3\r\n', 'set a 0 0 3\r\nabc', 'set a 0 0 3\r\nabc\r', 'set a x 0 3\r\nab'])(
    'inside %j is a ProtocolError',
    (said) => {
      const { decoder } = decoderOf();
      decoder.push(Buffer.from(said));
      expect(() => decoder.end()).toThrow(ProtocolError);
    },
  );
});
