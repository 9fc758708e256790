/**
 * What the lines of the meta protocol mean. How the wire answers is in the transcripts; this is the neutral Command
 * behind it.
 */
import { describe, expect, it } from 'vitest';
import type { MetaFlags } from '../../../src/core/meta-flags.ts';
import { decode, type Shown, shownOf } from '../../support/decode-commands.ts';

const tooLongKey = 'k'.repeat(251);

function refused(message: string): Shown {
  return { verb: 'invalid', fault: message === 'ERROR' ? message : `CLIENT_ERROR ${message}` };
}
const badFormat = refused('bad command line format');
const badToken = refused('bad token in command line format');

const lines: readonly (readonly [string, Shown])[] = [
  ['mg a', { verb: 'get', key: 'a', wantValue: false, meta: '' }],
  ['mg a v', { verb: 'get', key: 'a', meta: 'v' }],
  ['mg a v f c', { verb: 'get', key: 'a', meta: 'v f c', wantCas: true }],
  ['mg a t v q k O12', { verb: 'get', key: 'a', meta: 't v q k O12', quiet: true }],
  ['mg a T30', { verb: 'get', key: 'a', meta: 'T30', wantValue: false, touch: true, exptime: 30 }],
  ['mg a T-1 v', { verb: 'get', key: 'a', meta: 'T-1 v', touch: true, exptime: -1 }],
  ['mg a N30 R10 v', { verb: 'get', key: 'a', meta: 'N30 R10 v' }],
  ['mg a C5 v', { verb: 'get', key: 'a', meta: 'C5 v', cas: 5n }],
  ['mg YSBi b v', { verb: 'get', key: 'a b', meta: 'b v' }],
  ['mg /w== b', { verb: 'get', key: '\xff', meta: 'b', wantValue: false }],
  ['mg', refused('ERROR')],
  [`mg ${tooLongKey}`, badFormat],
  [`mg ${'A'.repeat(252)} b`, badFormat],
  ['mg YQ b', refused('error decoding key')],
  ['mg YQ=== b', refused('error decoding key')],
  ['mg Y!== b', refused('error decoding key')],
  ['mg Y=== b', refused('error decoding key')],
  ['mg Y!Q-== b', { verb: 'get', key: 'a', meta: 'b', wantValue: false }],
  ['mg a v v', refused('duplicate flag')],
  ['mg a \xff', refused('duplicate flag')],
  ['mg a z', refused('invalid flag')],
  ['mg a \x01', refused('invalid flag')],
  ['mg a T', badToken],
  [
    'mg a T2147483648',
    { verb: 'get', key: 'a', meta: 'T2147483648', wantValue: false, touch: true, exptime: -2147483648 },
  ],
  ['mg a T9223372036854775808', badToken],
  ['mg a Tx', badToken],
  ['mg a Fx', badFormat],
  ['mg a Tx Fx', badToken],
  ['mg a Fx Tx', badToken],
  ['mg a Tx Mxx', refused('incorrect length for M token')],
  [`mg a O${'o'.repeat(32)}`, refused('opaque token too long')],
  [
    `mg a ${Array.from({ length: 17 }, (_, i) => 'vftsckhluqIPLONTR'.charAt(i) + (i > 13 ? '1' : '')).join(' ')}`,
    {
      verb: 'get',
      key: 'a',
      meta: 'v f t s c k h l u q I P L O N1 T1 R1',
      wantCas: true,
      quiet: true,
      touch: true,
      exptime: 1,
    },
  ],
  ['mg a v f t s c k h l u q I P L O1 N0 T0 R0 D1', refused('options flags are too long')],
  ['md a', { verb: 'delete', key: 'a', meta: '' }],
  ['md a C7 q k O1', { verb: 'delete', key: 'a', meta: 'C7 q k O1', cas: 7n, quiet: true }],
  ['md a C0', { verb: 'delete', key: 'a', meta: 'C0', cas: 0xffffffffffffffffn }],
  ['md a I T30', { verb: 'delete', key: 'a', meta: 'I T30', touch: true, exptime: 30 }],
  ['md a x', { verb: 'delete', key: 'a', meta: 'x' }],
  ['md a z', refused('invalid or duplicate flag')],
  ['md a v v', refused('invalid or duplicate flag')],
  ['md a Tx', refused('invalid or duplicate flag')],
  ['md', refused('ERROR')],
  ['ma a', { verb: 'arith', key: 'a', meta: '', wantValue: false }],
  ['ma a v t c', { verb: 'arith', key: 'a', meta: 'v t c', wantCas: true }],
  ['ma a D5 MD', { verb: 'arith', key: 'a', meta: 'D5 MD', wantValue: false, decrement: true, delta: 5 }],
  [
    'ma a D18446744073709551615 M-',
    {
      verb: 'arith',
      key: 'a',
      meta: 'D18446744073709551615 M-',
      wantValue: false,
      decrement: true,
      delta: 18446744073709551615n,
    },
  ],
  ['ma a M+ v', { verb: 'arith', key: 'a', meta: 'M+ v' }],
  ['ma a MI v', { verb: 'arith', key: 'a', meta: 'MI v' }],
  ['ma a N60 v', { verb: 'arith', key: 'a', meta: 'N60 v', initial: 0n, exptime: 60 }],
  ['ma a N60 J13 T5 v', { verb: 'arith', key: 'a', meta: 'N60 J13 T5 v', initial: 13n, exptime: 5, touch: true }],
  ['ma a J13 v', { verb: 'arith', key: 'a', meta: 'J13 v' }],
  ['ma a C0 v', { verb: 'arith', key: 'a', meta: 'C0 v' }],
  ['ma a C9 v', { verb: 'arith', key: 'a', meta: 'C9 v', cas: 9n }],
  ['ma a MX', refused('invalid mode for ma M token')],
  ['ma a MA', refused('invalid mode for ma M token')],
  ['ma a Dx', refused('invalid or duplicate flag')],
  ['mn', { verb: 'noop' }],
  ['mn k O1 whatever', { verb: 'noop' }],
  ['me a', { verb: 'debug', key: 'a', meta: '' }],
  ['me YSBi b', { verb: 'debug', key: 'a b', meta: 'b' }],
  ['me YSBi v b', { verb: 'debug', key: 'YSBi', meta: '' }],
  ['me YQ b', badFormat],
  ['me', badFormat],
  ['mx a', { verb: 'invalid', dialect: 'text', fault: 'ERROR' }],
];

/** Lines with the data block `abc`. */
const stores: readonly (readonly [string, Shown])[] = [
  ['ms a 3', { verb: 'store', key: 'a', value: 'abc', meta: '' }],
  [
    'ms a 3 F7 T30 c k O1 q',
    {
      verb: 'store',
      key: 'a',
      value: 'abc',
      meta: 'F7 T30 c k O1 q',
      flags: 7,
      exptime: 30,
      wantCas: true,
      quiet: true,
    },
  ],
  ['ms a 3 C5', { verb: 'store', key: 'a', value: 'abc', meta: 'C5', cas: 5n }],
  ['ms a 3 C0', { verb: 'store', key: 'a', value: 'abc', meta: 'C0', cas: 0xffffffffffffffffn }],
  ['ms a 3 C0 MA', { verb: 'store', key: 'a', value: 'abc', meta: 'C0 MA', mode: 'append' }],
  ['ms a 3 C0 MR', { verb: 'store', key: 'a', value: 'abc', meta: 'C0 MR', mode: 'replace', cas: 0xffffffffffffffffn }],
  ['ms a 3 MS', { verb: 'store', key: 'a', value: 'abc', meta: 'MS' }],
  ['ms a 3 ME', { verb: 'store', key: 'a', value: 'abc', meta: 'ME', mode: 'add' }],
  ['ms a 3 MA N9', { verb: 'store', key: 'a', value: 'abc', meta: 'MA N9', mode: 'append' }],
  ['ms a 3 MP', { verb: 'store', key: 'a', value: 'abc', meta: 'MP', mode: 'prepend' }],
  ['ms a 3 MR', { verb: 'store', key: 'a', value: 'abc', meta: 'MR', mode: 'replace' }],
  ['ms YSBi 3 b', { verb: 'store', key: 'a b', value: 'abc', meta: 'b' }],
  ['ms a 3 Mx', refused('invalid mode for ms M token')],
  ['ms a 3 MSS', refused('incorrect length for M token')],
  ['ms a 3 F4294967303', { verb: 'store', key: 'a', value: 'abc', meta: 'F4294967303', flags: 7 }],
  ['ms a 3 F18446744073709551616', badFormat],
  ['ms a 3 v v', refused('duplicate flag')],
  ['ms a 3 z', refused('invalid flag')],
  ['ms YQ 3 b', refused('error decoding key')],
  [`ms ${tooLongKey} 3`, badFormat],
  ['ms a 3 v f t s c k h l u q I P L O1 N0 T0 R0', refused('options flags too long')],
];

describe('a line of the meta protocol', () => {
  it.each(lines)('%j', (line, shown) => {
    expect(shownOf(`${line}\r\n`)).toEqual([shown]);
  });

  it.each(stores)('%j with its data block', (line, shown) => {
    expect(shownOf(`${line}\r\nabc\r\nmn\r\n`)).toEqual([shown, { verb: 'noop' }]);
  });

  it('of ms with an invalid length leaves its data block to be read as commands', () => {
    const error = { verb: 'invalid', dialect: 'text', fault: 'ERROR' };
    expect(shownOf('ms a S3\r\nabc\r\n')).toEqual([badFormat, error]);
    expect(shownOf('ms a\r\nabc\r\n')).toEqual([badFormat, error]);
  });

  const flags: readonly (readonly [string, Partial<MetaFlags>])[] = [
    ['mg a O12', { opaque: '12' }],
    ['mg a O', { opaque: '' }],
    ['mg a k', { returnKey: true }],
    ['mg YQ== b', { base64: true }],
    ['mg a N30', { vivify: 30 }],
    ['mg a R-5', { recache: -5 }],
    ['mg a u', { noBump: true }],
    ['md a I', { invalidate: true }],
    ['md a x', { clearValue: true }],
    ['md a E9', { newCas: 9n }],
    ['md a T0', { hasExptime: true }],
  ];
  it.each(flags)('%j says so in its flags', (line, expected) => {
    expect(decode(`${line}\r\n`)[0]?.meta).toMatchObject(expected);
  });

  it('makes the flags of letters once and never mixes them up', () => {
    const [first, second, third, fourth] = decode('mg a v\r\nmg b v\r\nmg c f v\r\nmg d v f\r\n');
    expect(second?.meta).toBe(first?.meta);
    expect(third?.meta?.tokens).toEqual(['f', 'v']);
    expect(fourth?.meta?.tokens).toEqual(['v', 'f']);
    const [plain, encoded] = decode('mg YQ== k\r\nmg YQ== b\r\n');
    expect([plain?.key, encoded?.key]).toEqual(['YQ==', 'a']);
  });
});
