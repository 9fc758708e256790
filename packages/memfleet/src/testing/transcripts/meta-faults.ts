/** The meta protocol: requests that are refused. See transcript.ts. */
import { ask, type Transcript } from './transcript.ts';

const tooLongKey = 'k'.repeat(251);
const longOpaque = `O${'o'.repeat(32)}`;
const tooLarge = 1024 * 1024 + 1;
const body = 'x'.repeat(tooLarge);
/** 17 flags, as many as mg may have, and one more. */
const many = 'v f t s c k h l u q I P L O1 N0 T0 R0';
const tooMany = `${many} D1`;

const flags: Transcript = {
  name: 'flags refused',
  protocol: 'meta',
  exchanges: [
    ask('ms a 1\n1\n', 'HD\n'),
    ask('mg a v v\n', 'CLIENT_ERROR duplicate flag\n'),
    ask('mg a T1 T2\n', 'CLIENT_ERROR duplicate flag\n'),
    ask('mg a z\n', 'CLIENT_ERROR invalid flag\n'),
    ask('mg a !\n', 'CLIENT_ERROR invalid flag\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('mg a \xff\n', 'CLIENT_ERROR duplicate flag\n', {
      newer: 'CLIENT_ERROR bad command line format\n',
      note: 'that is what it says',
    }),
    ask('mg a 1\n', 'CLIENT_ERROR invalid flag\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('mg a Tx\n', 'CLIENT_ERROR bad token in command line format\n'),
    ask('mg a T\n', 'CLIENT_ERROR bad token in command line format\n'),
    ask('mg a Nx\n', 'CLIENT_ERROR bad token in command line format\n'),
    ask('mg a Rx\n', 'CLIENT_ERROR bad token in command line format\n'),
    ask('mg a R1x\n', 'CLIENT_ERROR bad token in command line format\n'),
    ask('mg a Cx\n', 'CLIENT_ERROR bad token in command line format\n'),
    ask('mg a Fx\n', 'CLIENT_ERROR bad command line format\n'),
    ask('mg a F-1\n', 'CLIENT_ERROR bad command line format\n'),
    ask('mg a Tx z\n', 'CLIENT_ERROR invalid flag\n', { note: 'an unknown flag goes before a bad token' }),
    ask('mg a Tx v v\n', 'CLIENT_ERROR duplicate flag\n'),
    ask('mg a Tx Fx\n', 'CLIENT_ERROR bad token in command line format\n'),
    ask('mg a Tx Dx\n', 'CLIENT_ERROR invalid numeric delta value\n', {
      note: 'of several bad tokens the last has the word',
    }),
    ask('mg a Dx Tx\n', 'CLIENT_ERROR bad token in command line format\n'),
    ask('mg a Jx\n', 'CLIENT_ERROR invalid numeric initial value\n'),
    ask('mg a MXY\n', 'CLIENT_ERROR incorrect length for M token\n', {
      newer: 'HD\n',
      memfleet: 'CLIENT_ERROR incorrect length for M token\n',
    }),
    ask(`mg a ${longOpaque}\n`, 'CLIENT_ERROR opaque token too long\n'),
    ask(`mg none ${longOpaque}\n`, 'CLIENT_ERROR opaque token too long\n'),
    ask(`md a ${longOpaque}\n`, 'CLIENT_ERROR opaque token too long\n'),
    ask(`ma none ${longOpaque}\n`, 'CLIENT_ERROR opaque token too long\n'),
    ask(`ms a 1 ${longOpaque}\n2\n`, 'CLIENT_ERROR opaque token too long\n'),
    ask(`ms a 1 ${longOpaque} Mx\n2\n`, 'CLIENT_ERROR invalid mode for ms M token\n'),
    ask('md a v v\n', 'CLIENT_ERROR invalid or duplicate flag\n', { newer: 'CLIENT_ERROR duplicate flag\n' }),
    ask('md a z\n', 'CLIENT_ERROR invalid or duplicate flag\n', { newer: 'CLIENT_ERROR invalid flag\n' }),
    ask('md a Tx\n', 'CLIENT_ERROR invalid or duplicate flag\n', {
      newer: 'CLIENT_ERROR bad token in command line format\n',
    }),
    ask('ma a z\n', 'CLIENT_ERROR invalid or duplicate flag\n'),
    ask('ms a 1 z\n2\n', 'CLIENT_ERROR invalid flag\n'),
    ask('ms a 1 c c\n2\n', 'CLIENT_ERROR duplicate flag\n'),
    ask('ms a 1 Tx\n2\n', 'CLIENT_ERROR bad token in command line format\n'),
    ask('ms a 1\n1\n', 'HD\n'),
    ask('mg a E5\n', 'CLIENT_ERROR invalid flag\n', {
      newer: 'HD\n',
      memfleet: 'HD\n',
      note: 'E is newer than 1.6.18',
    }),
    ask('mg a v\n', 'VA 1\n1\n'),
  ],
};

const lines: Transcript = {
  name: 'lines refused',
  protocol: 'meta',
  exchanges: [
    ask('mg\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('md\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('ma\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('ms\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('ms a\n', 'CLIENT_ERROR bad command line format\n'),
    ask('ms a x\n', 'CLIENT_ERROR bad command line format\n'),
    ask('ms a -1\n', 'CLIENT_ERROR bad command line format\n'),
    ask('ms a S1\n1\n', 'CLIENT_ERROR bad command line format\nERROR\n', {
      note: 'the syntax of 1.6.0; the length is not known, so the data block is read as a command',
    }),
    ask('ms a 2147483646\n', 'CLIENT_ERROR bad command line format\n'),
    ask('mg v\n', 'EN\n', { note: 'the key is "v"' }),
    ask('mx a\n', 'ERROR\n'),
    ask('MG a\n', 'ERROR\n'),
    ask('mgg a\n', 'ERROR\n'),
    ask(`mg ${tooLongKey}\n`, 'CLIENT_ERROR bad command line format\n'),
    ask(`md ${tooLongKey}\n`, 'CLIENT_ERROR bad command line format\n'),
    ask(`ma ${tooLongKey}\n`, 'CLIENT_ERROR bad command line format\n'),
    ask(`me ${tooLongKey}\n`, 'CLIENT_ERROR bad command line format\n'),
    ask(`ms ${tooLongKey} 1\n1\n`, 'CLIENT_ERROR bad command line format\nERROR\n', {
      newer: 'CLIENT_ERROR bad command line format\n',
      memfleet: 'CLIENT_ERROR bad command line format\n',
      note: '1.6.18 reads the data block of a refused line as a command',
    }),
    ask(`mg a ${tooMany}\n`, 'CLIENT_ERROR options flags are too long\n'),
    ask(`md a ${tooMany}\n`, 'CLIENT_ERROR options flags too long\n', {
      newer: 'CLIENT_ERROR options flags are too long\n',
    }),
    ask(`ma a ${tooMany}\n`, 'CLIENT_ERROR options flags too long\n', {
      newer: 'CLIENT_ERROR options flags are too long\n',
    }),
    ask(`ms a 1 ${many}\n1\n`, 'CLIENT_ERROR options flags too long\nERROR\n', {
      newer: 'CLIENT_ERROR options flags are too long\n',
      memfleet: 'CLIENT_ERROR options flags too long\n',
      note: '1.6.18 reads the data block of a refused line as a command',
    }),
    ask('mn\n', 'MN\n'),
  ],
};

const dataBlocks: Transcript = {
  name: 'ms: data blocks refused',
  protocol: 'meta',
  exchanges: [
    ask('ms a 3\nabcdef\n', 'CLIENT_ERROR bad data chunk\nERROR\n'),
    ask('ms a 3 k O1 c\nabcdef\n', 'CLIENT_ERROR bad data chunk\nERROR\n', { note: 'without the flags' }),
    ask('mg a\n', 'EN\n'),
    ask('ms a 1\n1\n', 'HD\n'),
    { send: `ms a ${tooLarge}\r\n${body}\r\n`, expect: 'SERVER_ERROR object too large for cache\r\n' },
    ask('mg a\n', 'EN\n', { note: 'the old value is gone' }),
    ask('ms a 1\n1\n', 'HD\n'),
    { send: `ms a ${tooLarge} ME q k\r\n${body}\r\n`, expect: 'SERVER_ERROR object too large for cache\r\n' },
    ask('mg a\n', 'EN\n', { note: 'in every mode, unlike with the classic verbs' }),
  ],
};

/** What is refused. */
export const metaFaultTranscripts: readonly Transcript[] = [flags, lines, dataBlocks];
