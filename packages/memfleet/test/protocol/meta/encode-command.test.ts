/** Every verb and option as a meta command; our own decoder reads back the command that was meant. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../src/base/byte-writer.ts';
import { Command, type Verb } from '../../../src/core/command.ts';
import { InvalidKeyError } from '../../../src/core/errors.ts';
import { encodeMetaCommand } from '../../../src/protocol/meta/encode-command.ts';
import { commandOf } from '../../support/ask.ts';
import { decode } from '../../support/decode-commands.ts';

function wire(command: Command): string {
  const writer = new ByteWriter();
  encodeMetaCommand(command, writer);
  return Buffer.concat(writer.take()).toString('latin1');
}

function refusal(command: Command): unknown {
  const writer = new ByteWriter();
  try {
    encodeMetaCommand(command, writer);
  } catch (error) {
    expect(writer.length).toBe(0);
    return error;
  }
  throw new Error(`it was written: ${JSON.stringify(Buffer.concat(writer.take()).toString('latin1'))}`);
}

const quiet = { quiet: true } as const;

const lines: readonly (readonly [verb: Verb, fields: Partial<Command>, line: string])[] = [
  ['get', { key: 'a' }, 'mg a v f\r\n'],
  ['get', { key: 'a', wantCas: true }, 'mg a v f c\r\n'],
  ['get', { key: 'a', wantValue: false }, 'mg a f\r\n'],
  ['get', { key: 'a', touch: true, exptime: 30 }, 'mg a v f T30\r\n'],
  ['get', { key: 'a', touch: true, exptime: -1, wantCas: true, wantValue: false }, 'mg a f c T-1\r\n'],
  ['get', { key: 'a b' }, 'mg YSBi b v f\r\n'],
  ['get', { key: '\xff\r\n', wantCas: true }, 'mg /w0K b v f c\r\n'],
  ['get', { keys: ['a', 'b', 'a'] }, 'get a b a\r\n'],
  ['get', { keys: ['a', 'b'], wantCas: true, touch: true, exptime: 5 }, 'gats 5 a b\r\n'],
  ['get', { keys: ['a', 'b c'] }, 'mg a k q v f\r\nmg YiBj b k q v f\r\nmn\r\n'],
  ['get', { keys: ['b c'], wantCas: true, touch: true, exptime: 9 }, 'mg YiBj b k q v f c T9\r\nmn\r\n'],
  ['store', { key: 'a', value: 'xy' }, 'ms a 2\r\nxy\r\n'],
  ['store', { key: 'a', value: Buffer.from('xy'), flags: 4294967295, exptime: 60 }, 'ms a 2 F4294967295 T60\r\nxy\r\n'],
  ['store', { key: 'a', value: '', exptime: -1, ...quiet }, 'ms a 0 T-1 q\r\n\r\n'],
  ['store', { key: 'a b', value: '\r\nmn\r\n', flags: 1 }, 'ms YSBi 6 b F1\r\n\r\nmn\r\n\r\n'],
  ['store', { key: 'a', value: 'x', mode: 'add' }, 'ms a 1 ME\r\nx\r\n'],
  ['store', { key: 'a', value: 'x', mode: 'replace' }, 'ms a 1 MR\r\nx\r\n'],
  ['store', { key: 'a', value: 'x', mode: 'append' }, 'ms a 1 MA\r\nx\r\n'],
  ['store', { key: 'a', value: 'x', mode: 'prepend', cas: 5n }, 'ms a 1 MP C5\r\nx\r\n'],
  [
    'store',
    { key: 'a', value: 'x', cas: 18446744073709551615n, wantCas: true },
    'ms a 1 C18446744073709551615 c\r\nx\r\n',
  ],
  ['delete', { key: 'a' }, 'md a\r\n'],
  ['delete', { key: 'a b', cas: 7n, ...quiet }, 'md YSBi b C7 q\r\n'],
  ['arith', { key: 'a' }, 'ma a v\r\n'],
  ['arith', { key: 'a', delta: 5, decrement: true, wantValue: false }, 'ma a MD D5\r\n'],
  ['arith', { key: 'a', delta: 18446744073709551615n, wantCas: true }, 'ma a D18446744073709551615 v c\r\n'],
  ['arith', { key: 'a', initial: 13n, exptime: 60 }, 'ma a N60 J13 v\r\n'],
  ['arith', { key: 'a b', cas: 3n, ...quiet }, 'ma YSBi b C3 v q\r\n'],
  ['touch', { key: 'a', exptime: 30 }, 'mg a T30\r\n'],
  ['touch', { key: 'a b' }, 'mg YSBi b T0\r\n'],
  ['touch', { key: 'a', exptime: 30, wantCas: true }, 'mg a T30 f c\r\n'],
  ['store', { key: 'a', mode: 'add', cas: 5n, value: '' }, 'ms a 0 C5\r\n\r\n'],
  ['debug', { key: 'a b' }, 'me YSBi b\r\n'],
  ['noop', {}, 'mn\r\n'],
  ['version', {}, 'version\r\n'],
  ['flush', { exptime: 10, ...quiet }, 'flush_all 10 noreply\r\n'],
  ['stats', { value: 'items' }, 'stats items\r\n'],
  ['auth', { value: 'user word' }, 'set auth 0 0 9\r\nuser word\r\n'],
];

/** The largest exptime of the binary protocol; on a line memcached would take it for −1, "expired". */
const farthest = 0xffff_ffff;

const beyond: readonly (readonly [verb: Verb, fields: Partial<Command>, line: string])[] = [
  ['get', { key: 'a', touch: true, exptime: farthest }, 'mg a v f T2147483647\r\n'],
  ['store', { key: 'a', value: 'x', exptime: farthest }, 'ms a 1 T2147483647\r\nx\r\n'],
  ['touch', { key: 'a', exptime: farthest }, 'mg a T2147483647\r\n'],
  ['arith', { key: 'a', initial: 1n, exptime: farthest }, 'ma a N2147483647 J1 v\r\n'],
];

describe('an exptime that only the binary protocol can say is the farthest that a line can say', () => {
  it.each(beyond)('%s', (verb, fields, line) => {
    expect(wire(commandOf(verb, fields))).toBe(line);
  });
});

describe('a command of the meta protocol', () => {
  it.each(lines)('%s %o is %j', (verb, fields, line) => {
    expect(wire(commandOf(verb, fields))).toBe(line);
  });

  it('encodes keys with spaces, control bytes and CR LF, so that nothing can be smuggled into a line', () => {
    const key = 'a\r\nflush_all\r\n';
    for (const verb of ['get', 'store', 'delete', 'arith', 'touch', 'debug'] as const) {
      const sent = decode(wire(commandOf(verb, { key })));
      expect(sent).toHaveLength(1);
      expect(sent[0]?.key).toBe(key);
    }
  });

  it.each(['', 'k'.repeat(251), `${'k'.repeat(186)} `, 'a\u010d\u010aflush_all', '\u{1f600}'])(
    'refuses the key %.60j',
    (key) => {
      for (const verb of ['get', 'store', 'delete', 'arith', 'touch', 'debug'] as const)
        expect(refusal(commandOf(verb, { key }))).toBeInstanceOf(InvalidKeyError);
      expect(refusal(commandOf('get', { keys: ['a', 'b c', key] }))).toBeInstanceOf(InvalidKeyError);
    },
  );

  it('says why a key with a space is refused that would be short enough without', () => {
    const error = refusal(new Command('get', `${'k'.repeat(186)} `)) as Error;
    expect(error.message).toContain('has 187 bytes; with spaces or control bytes at most 186 fit (base64)');
  });

  it('carries 250 plain bytes and 186 of any', () => {
    for (const key of ['k'.repeat(250), '\xff'.repeat(250), ' '.repeat(186), '\0'.repeat(186)])
      expect(decode(wire(new Command('get', key)))[0]?.key).toBe(key);
  });
});

describe('a request that came in as meta', () => {
  /** What goes to the node for what a session read. */
  const passedOn = (text: string): string => wire(decode(text)[0] as Command);

  it.each([
    ['mg a v t h l s c f u E9 N30 R10 T60 Pproxy Lx\r\n', 'mg a v t h l s c f u E9 N30 R10 T60 Pproxy Lx\r\n'],
    ['mg a v k q Oab\r\n', 'mg a v\r\n'],
    ['mg YQ== b v k\r\n', 'mg a v\r\n'],
    ['mg YSBi b v k\r\n', 'mg YSBi b v\r\n'],
    ['ms a 2 c F5 T9 I C4 E7 MS Oz\r\nxy\r\n', 'ms a 2 c F5 T9 I C4 E7 MS\r\nxy\r\n'],
    ['ms YSBi 1 b q\r\nx\r\n', 'ms YSBi 1 b q\r\nx\r\n'],
    ['md a I T30 C5 q k\r\n', 'md a I T30 C5 q\r\n'],
    ['ma a N60 J13 D2 MD t c v O1\r\n', 'ma a N60 J13 D2 MD t c v\r\n'],
    ['me YSBi b\r\n', 'me YSBi b\r\n'],
  ])('%j goes on as %j', (said, sent) => {
    expect(passedOn(said)).toBe(sent);
  });

  it('is the same request when the node reads it', () => {
    const flag = fc.constantFrom('v', 'f', 'c', 't', 's', 'h', 'l', 'u', 'N30', 'R10', 'T60', 'E5');
    fc.assert(
      fc.property(fc.uniqueArray(flag, { maxLength: 12 }), (flags) => {
        const said = `mg key${flags.map((one) => ` ${one}`).join('')}\r\n`;
        expect(passedOn(said)).toBe(said);
      }),
      { numRuns: 50 },
    );
  });
});
