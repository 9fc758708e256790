/**
 * Numbers on lines: 64 bits are read, of exptimes, delays and client flags the low 32 count, signs are taken. Newer
 * versions read numbers by a reader of their own (1.6.45: no plus, no blanks, `touch`, `gat` and the meta flags within
 * 32 bits). See transcript.ts.
 */
import { ask, type Transcript } from './transcript.ts';

const badFormat = 'CLIENT_ERROR bad command line format\n';
const badExptime = 'CLIENT_ERROR invalid exptime argument\n';
const badDelta = 'CLIENT_ERROR invalid numeric delta argument\n';
const badToken = 'CLIENT_ERROR bad token in command line format\n';
const blockSkipped = {
  memfleet: badFormat,
  note: '1.6.18 reads the data block of a refused line as a command; memfleet skips it',
};

const expiryInThePast: Transcript = {
  name: 'an expiry in the past, as libmemcached writes it',
  protocol: 'text',
  exchanges: [
    ask('set k 0 0 1\nv\n', 'STORED\n'),
    ask('set k 16 4294967295 1\nv\n', 'STORED\n'),
    ask('get k\n', 'END\n', { note: 'the old value does not survive' }),
    ask('set k 0 0 1\nv\n', 'STORED\n'),
    ask('touch k 4294967295\n', 'TOUCHED\n'),
    ask('get k\n', 'END\n'),
    ask('set k 0 0 1\nv\n', 'STORED\n'),
    ask('gat 4294967295 k\n', 'VALUE k 0 1\nv\nEND\n'),
    ask('get k\n', 'END\n'),
    ask('set k 0 0 1\nv\n', 'STORED\n'),
    ask('gats 4294967295 k\n', 'VALUE k 0 1 {cas}\nv\nEND\n'),
    ask('get k\n', 'END\n'),
    ask('add k 0 4294967295 1\nv\n', 'STORED\n'),
    ask('get k\n', 'END\n'),
  ],
};

const exptimes: Transcript = {
  name: 'exptimes and delays of 64 bits',
  protocol: 'text',
  exchanges: [
    ask('set a 0 2147483647 1\n1\n', 'STORED\n'),
    ask('get a\n', 'VALUE a 0 1\n1\nEND\n'),
    ask('set a 0 2147483648 1\n2\n', 'STORED\n', { note: 'after 2038: negative in 32 bits' }),
    ask('get a\n', 'END\n'),
    ask('set a 0 4294967296 1\n3\n', 'STORED\n', { note: 'the low 32 bits are 0: never' }),
    ask('get a\n', 'VALUE a 0 1\n3\nEND\n'),
    ask('set a 0 4294967396 1\n4\n', 'STORED\n'),
    ask('get a\n', 'VALUE a 0 1\n4\nEND\n'),
    ask('set a 0 1795985893000 1\n5\n', 'STORED\n', { note: 'milliseconds by mistake' }),
    ask('set a 0 9223372036854775807 1\n6\n', 'STORED\n', { note: 'the largest; -1 in 32 bits' }),
    ask('get a\n', 'END\n'),
    ask('set a 0 -9223372036854775808 1\n7\n', 'STORED\n', { note: 'the smallest; 0 in 32 bits' }),
    ask('get a\n', 'VALUE a 0 1\n7\nEND\n'),
    ask('set a 0 9223372036854775808 1\n8\n', `${badFormat}ERROR\n`, blockSkipped),
    ask('set a 0 -9223372036854775809 1\n8\n', `${badFormat}ERROR\n`, blockSkipped),
    ask('touch a 9223372036854775808\n', badExptime),
    ask('gat 9223372036854775808 a\n', badExptime),
    ask('flush_all 9223372036854775808\n', badExptime),
    ask('get a\n', 'VALUE a 0 1\n7\nEND\n'),
    ask('touch a 1700000000000\n', 'TOUCHED\n'),
    ask('flush_all 4294967396\n', 'OK\n', { note: 'in 100 seconds' }),
    ask('set b 0 0 1\n1\n', 'STORED\n'),
    ask('get b\n', 'VALUE b 0 1\n1\nEND\n'),
    ask('flush_all 4294967295\n', 'OK\n', { note: 'at once' }),
    ask('flush_all -9223372036854775808\n', 'OK\n'),
    ask('get b\n', 'END\n'),
    ask('verbosity 4294967296\n', 'OK\n'),
    ask('verbosity 18446744073709551616\n', badFormat),
    ask('verbosity -1\n', badFormat),
  ],
};

const flags: Transcript = {
  name: 'client flags of 64 bits',
  protocol: 'text',
  exchanges: [
    ask('set a 4294967295 0 1\n1\n', 'STORED\n'),
    ask('get a\n', 'VALUE a 4294967295 1\n1\nEND\n'),
    ask('set a 4294967296 0 1\n2\n', 'STORED\n'),
    ask('get a\n', 'VALUE a 0 1\n2\nEND\n', { note: 'the low 32 bits' }),
    ask('set a 4294967303 0 1\n3\n', 'STORED\n'),
    ask('get a\n', 'VALUE a 7 1\n3\nEND\n'),
    ask('set a 18446744073709551615 0 1\n4\n', 'STORED\n'),
    ask('get a\n', 'VALUE a 4294967295 1\n4\nEND\n'),
    ask('set a 0018446744073709551615 0 1\n4\n', 'STORED\n', { note: 'leading zeros do not count' }),
    ask('set a 18446744073709551616 0 1\n5\n', `${badFormat}ERROR\n`, blockSkipped),
    ask('set a -1 0 1\n5\n', `${badFormat}ERROR\n`, blockSkipped),
    ask('set a -9223372036854775808 0 1\n5\n', `${badFormat}ERROR\n`, blockSkipped),
    ask('get a\n', 'VALUE a 4294967295 1\n4\nEND\n'),
    ask('set a -18446744073709551609 0 1\n6\n', 'STORED\n', { note: 'strtoul counts from 2^64 down: 7' }),
    ask('get a\n', 'VALUE a 7 1\n6\nEND\n'),
  ],
};

const signs: Transcript = {
  name: 'signs, blanks and zeros of numbers',
  protocol: 'text',
  exchanges: [
    ask('set n +3 +0 +1\n5\n', 'STORED\n'),
    ask('get n\n', 'VALUE n 3 1\n5\nEND\n'),
    ask('set n 0 +50 1\n5\n', 'STORED\n'),
    ask('touch n +10\n', 'TOUCHED\n'),
    ask('gat +0 n\n', 'VALUE n 0 1\n5\nEND\n'),
    ask('incr n +1\n', '6\n'),
    ask('decr n +2\n', '4\n'),
    ask('incr n -0\n', '4\n'),
    ask('incr n 00000000000000000000000003\n', '7\n'),
    ask('incr n -18446744073709551615\n', '8\n'),
    ask('incr n 18446744073709551615\n', '7\n'),
    ask('incr n 18446744073709551616\n', badDelta),
    ask('incr n -1\n', badDelta),
    ask('incr n +\n', badDelta),
    ask('incr n -\n', badDelta),
    ask('incr n +-1\n', badDelta),
    ask('incr n 1.5\n', badDelta),
    ask('incr n 0x1\n', badDelta),
    ask('incr n \t1\n', '8\n'),
    ask('incr n 1\tx\n', '9\n'),
    ask('incr n \t\n', badDelta),
    ask('touch n 1\t\n', 'TOUCHED\n'),
    ask('set n 0 0 1\n5\n', 'STORED\n'),
    ask('cas n 0 0 1 +0\n6\n', 'EXISTS\n'),
    ask('cas none 0 0 1 +1\n6\n', 'NOT_FOUND\n'),
    ask('cas n 0 0 1 18446744073709551616\n6\n', `${badFormat}ERROR\n`, blockSkipped),
    ask('flush_all +0\n', 'OK\n'),
    ask('verbosity +0\n', 'OK\n'),
  ],
};

const lengths: Transcript = {
  name: 'lengths are read strictly',
  protocol: 'text',
  exchanges: [
    ask('set a 0 0 +1\n1\n', 'STORED\n'),
    ask('set a 0 0 01\n2\n', 'STORED\n'),
    ask('set a 0 0 4294967297\n3\n', 'STORED\n', {
      memfleet: `${badFormat}ERROR\n`,
      note: '1.6.18 takes the low 32 bits for the length',
    }),
    ask('set a 0 0 -4294967295\n3\n', 'STORED\n', {
      memfleet: `${badFormat}ERROR\n`,
    }),
    ask('set a 0 0 1\t\n3\n', 'STORED\n', { memfleet: `${badFormat}ERROR\n` }),
    ask('set a 0 0 2147483646\n', badFormat),
    ask('set a 0 0 -1\n', badFormat),
    ask('set a 0 0 +-1\n', badFormat),
    ask('set a 0 0 +\n', badFormat),
  ],
};

const meta: Transcript = {
  name: 'numbers behind meta flags',
  protocol: 'meta',
  exchanges: [
    ask('ms a 1\n1\n', 'HD\n'),
    ask('ms a 1 T4294967295\n2\n', 'HD\n'),
    ask('mg a v\n', 'EN\n', { note: 'the old value does not survive' }),
    ask('ms a 1 T2147483648\n3\n', 'HD\n'),
    ask('mg a v\n', 'EN\n'),
    ask('ms a 1 T4294967396\n4\n', 'HD\n'),
    ask('mg a v\n', 'VA 1\n4\n'),
    ask('mg a T4294967295\n', 'HD\n'),
    ask('mg a\n', 'EN\n'),
    ask('ms a 1 T9223372036854775808\n5\n', badToken),
    ask('ms a 1 F4294967296\n5\n', 'HD\n'),
    ask('mg a f\n', 'HD f0\n'),
    ask('ms a 1 F4294967303\n5\n', 'HD\n'),
    ask('mg a f\n', 'HD f7\n'),
    ask('ms a 1 F18446744073709551615\n5\n', 'HD\n'),
    ask('mg a f\n', 'HD f4294967295\n'),
    ask('ms a 1 F18446744073709551616\n5\n', badFormat),
    ask('ms a +1 F+3 T+0\n6\n', 'HD\n'),
    ask('mg a v f\n', 'VA 1 f3\n6\n'),
    ask('ms a 1 C+0\n7\n', 'EX\n'),
    ask('ms a 1 C18446744073709551616\n7\n', badToken),
    ask('ma a D+3 v\n', 'VA 1\n9\n'),
    ask('ma a D18446744073709551616\n', 'CLIENT_ERROR invalid or duplicate flag\n'),
    ask('ma a D-1\n', 'CLIENT_ERROR invalid or duplicate flag\n'),
    ask('ma a D-18446744073709551615 v\n', 'VA 2\n10\n'),
    ask('ma new J+7 N+0 v\n', 'VA 1\n7\n'),
  ],
};

const metaVivify: Transcript = {
  name: 'exptimes of 64 bits behind N and R',
  protocol: 'meta',
  exchanges: [
    ask('mg new N4294967295\n', 'HD W\n'),
    ask('mg new\n', 'EN\n', { note: 'made with an expiry in the past' }),
    ask('mg new N4294967326 t\n', 'HD t{about30} W\n'),
    ask('mg new R4294967326\n', 'HD Z\n'),
    ask('ma counter N4294967295 J7 v\n', 'VA 1\n7\n'),
    ask('mg counter\n', 'EN\n'),
  ],
};

/** Numbers of all kinds. */
export const numberTranscripts: readonly Transcript[] = [
  expiryInThePast,
  exptimes,
  flags,
  signs,
  lengths,
  meta,
  metaVivify,
];
