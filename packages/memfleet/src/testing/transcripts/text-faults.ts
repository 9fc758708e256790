/** The classic protocol: requests that are refused, odd framing, `noreply`. See transcript.ts. */
import { ask, raw, type Transcript } from './transcript.ts';

const tooLongKey = 'k'.repeat(251);
const tooLarge = 1024 * 1024 + 1;
const body = 'x'.repeat(tooLarge);
const noSecondError = {
  note: '1.6.18 reads the data block of a refused line as a command; newer versions and memfleet skip it',
};

const framing: Transcript = {
  name: 'line ends, spaces, case',
  protocol: 'text',
  exchanges: [
    raw('set a 0 0 1\n1\r\n', 'STORED\n', { note: 'LF alone ends a line' }),
    raw('get a\n', 'VALUE a 0 1\n1\nEND\n'),
    ask('get   a   none \n', 'VALUE a 0 1\n1\nEND\n'),
    ask('set   a  0 0   1  \n2\n', 'STORED\n'),
    ask('  get a\n', 'VALUE a 0 1\n2\nEND\n', { newer: 'ERROR\n' }),
    ask('GET a\n', 'ERROR\n'),
    ask('Set a 0 0 1\n', 'ERROR\n'),
    ask('nonesuch\n', 'ERROR\n'),
    ask('nonesuch a b c\n', 'ERROR\n'),
    ask('nonesuch noreply\n', 'ERROR\n', { newer: '', memfleet: 'ERROR\n' }),
    ask('x\n', 'ERROR\n'),
    ask('\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    raw('\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('   \n', 'ERROR\n'),
    ask('geta\n', 'ERROR\n'),
    ask('gets\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('get\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('get \n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('get a\nget b\nget a\n', 'VALUE a 0 1\n2\nEND\nEND\nVALUE a 0 1\n2\nEND\n', { note: 'pipelined' }),
    ask(
      'set a 0 0 3\nabc\nget a\nincr a 1\nversion\n',
      'STORED\nVALUE a 0 3\nabc\nEND\nCLIENT_ERROR cannot increment or decrement non-numeric value\nVERSION {*}\n',
    ),
  ],
};

const retrievalFaults: Transcript = {
  name: 'get and gat refused',
  protocol: 'text',
  exchanges: [
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask(`get ${tooLongKey}\n`, 'CLIENT_ERROR bad command line format\n'),
    ask(`get a ${tooLongKey} a\n`, 'CLIENT_ERROR bad command line format\n', { note: 'hits before it are dropped' }),
    ask('gat\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('gat a\n', 'CLIENT_ERROR invalid exptime argument\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('gat a a\n', 'CLIENT_ERROR invalid exptime argument\n'),
    ask('gat 10\n', 'END\n', {
      newer: 'CLIENT_ERROR bad command line format\n',
      memfleet: 'CLIENT_ERROR bad command line format\n',
      note: 'a command without a key is nothing that could be dispatched',
    }),
    ask('gat 1x a\n', 'CLIENT_ERROR invalid exptime argument\n'),
    ask(`gat 10 ${tooLongKey}\n`, 'CLIENT_ERROR bad command line format\n'),
    ask(`delete ${tooLongKey}\n`, 'CLIENT_ERROR bad command line format\n'),
    ask(`touch ${tooLongKey} 0\n`, 'CLIENT_ERROR bad command line format\n'),
    ask(`incr ${tooLongKey} 1\n`, 'CLIENT_ERROR bad command line format\n'),
    ask('get a\n', 'VALUE a 0 1\n1\nEND\n'),
  ],
};

const storageFaults: Transcript = {
  name: 'storage lines refused',
  protocol: 'text',
  exchanges: [
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('set a x 0 1\n2\n', 'CLIENT_ERROR bad command line format\nERROR\n', {
      newer: 'CLIENT_ERROR bad command line format\n',
      memfleet: 'CLIENT_ERROR bad command line format\n',
      ...noSecondError,
    }),
    ask('set a -1 0 1\n2\n', 'CLIENT_ERROR bad command line format\nERROR\n', {
      newer: 'CLIENT_ERROR bad command line format\n',
      memfleet: 'CLIENT_ERROR bad command line format\n',
      ...noSecondError,
    }),
    ask('set a 0 x 1\n2\n', 'CLIENT_ERROR bad command line format\nERROR\n', {
      newer: 'CLIENT_ERROR bad command line format\n',
      memfleet: 'CLIENT_ERROR bad command line format\n',
      ...noSecondError,
    }),
    ask(`set ${tooLongKey} 0 0 1\n2\n`, 'CLIENT_ERROR bad command line format\nERROR\n', {
      newer: 'CLIENT_ERROR bad command line format\n',
      memfleet: 'CLIENT_ERROR bad command line format\n',
      ...noSecondError,
    }),
    ask('set a x 0 9\nflush_all\n', 'CLIENT_ERROR bad command line format\nOK\n', {
      newer: 'CLIENT_ERROR bad command line format\n',
      memfleet: 'CLIENT_ERROR bad command line format\n',
      note: 'the same, and why it matters: a value that is a command was executed',
    }),
    ask('set a 0 0 -1\n', 'CLIENT_ERROR bad command line format\n'),
    ask('set a 0 0 x\n', 'CLIENT_ERROR bad command line format\n'),
    ask('set a 0 0 1x\n', 'CLIENT_ERROR bad command line format\n'),
    ask('set a 0 0 2147483646\n', 'CLIENT_ERROR bad command line format\n'),
    ask('set a 0 0\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('set a\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('set\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('set a 0 0 1 x\n3\n', 'STORED\n', { note: 'a word that is not noreply says nothing' }),
    ask('get a\n', 'VALUE a 0 1\n3\nEND\n'),
    ask('set a 0 0 1 x y\n4\n', 'ERROR\nERROR\n', {
      newer: 'STORED\n',
      memfleet: 'ERROR\nERROR\n',
      note: 'a line with too many words does not say which is the length',
    }),
    ask('cas a 0 0 1\n4\n', 'ERROR\nERROR\n', {
      newer: 'CLIENT_ERROR bad command line format\n',
      memfleet: 'ERROR\nERROR\n',
      note: 'nor does one with a word too few',
    }),
    ask('cas a 0 0 1 x\n4\n', 'CLIENT_ERROR bad command line format\nERROR\n', {
      newer: 'CLIENT_ERROR bad command line format\n',
      memfleet: 'CLIENT_ERROR bad command line format\n',
      ...noSecondError,
    }),
  ],
};

const badChunks: Transcript = {
  name: 'data blocks of another length than announced',
  protocol: 'text',
  exchanges: [
    ask('set a 0 0 3\nabcdef\n', 'CLIENT_ERROR bad data chunk\nERROR\n', {
      note: 'three and two bytes are taken, "f" is the next command',
    }),
    ask('set a 0 0 3\nabcde\n', 'CLIENT_ERROR bad data chunk\nERROR\n', { note: 'an empty line is left' }),
    ask('set a 0 0 5\nab\nget a\n', 'CLIENT_ERROR bad data chunk\nERROR\n', {
      note: 'the data block ends inside the next line: "et a" is left',
    }),
    raw('set a 0 0 3\r\nabc\nversion\r\n', 'CLIENT_ERROR bad data chunk\nERROR\n', {
      note: 'LF alone does not end a data block: "ersion" is left',
    }),
    ask('get a\n', 'END\n'),
    ask('set a 0 0 3 noreply\nabcdef\n', 'ERROR\n', { note: 'noreply silences the first error only' }),
    ask('get a\n', 'END\n'),
  ],
};

const tooLargeValues: Transcript = {
  name: 'values over the item limit',
  protocol: 'text',
  exchanges: [
    ask('set a 0 0 1\n1\nset b 0 0 1\n2\nset c 0 0 1\n3\n', 'STORED\nSTORED\nSTORED\n'),
    { send: `set a 0 0 ${tooLarge}\r\n${body}\r\n`, expect: 'SERVER_ERROR object too large for cache\r\n' },
    ask('get a\n', 'END\n', { note: 'the old value is gone, so that it is not read as the new one' }),
    { send: `add b 0 0 ${tooLarge}\r\n${body}\r\n`, expect: 'SERVER_ERROR object too large for cache\r\n' },
    { send: `replace b 0 0 ${tooLarge}\r\n${body}\r\n`, expect: 'SERVER_ERROR object too large for cache\r\n' },
    { send: `append b 0 0 ${tooLarge}\r\n${body}\r\n`, expect: 'SERVER_ERROR object too large for cache\r\n' },
    { send: `cas b 0 0 ${tooLarge} 1\r\n${body}\r\n`, expect: 'SERVER_ERROR object too large for cache\r\n' },
    ask('get b\n', 'VALUE b 0 1\n2\nEND\n', { note: 'only set drops the old value' }),
    { send: `set c 0 0 ${tooLarge} noreply\r\n${body}\r\nget c\r\n`, expect: 'END\r\n' },
  ],
};

const noreply: Transcript = {
  name: 'noreply',
  protocol: 'text',
  exchanges: [
    ask('set a 0 0 1 noreply\n1\nget a\n', 'VALUE a 0 1\n1\nEND\n'),
    ask('add a 0 0 1 noreply\n2\nget a\n', 'VALUE a 0 1\n1\nEND\n'),
    ask('replace a 0 0 1 noreply\n3\nget a\n', 'VALUE a 0 1\n3\nEND\n'),
    ask('append a 0 0 1 noreply\n4\nprepend a 0 0 1 noreply\n2\nget a\n', 'VALUE a 0 3\n234\nEND\n'),
    ask('incr a x noreply\ntouch a x noreply\nflush_all x noreply\nget a\n', 'VALUE a 0 3\n234\nEND\n', {
      note: 'errors are silent too',
    }),
    ask('incr none 1 noreply\ntouch none 1 noreply\ndelete none noreply\nget a\n', 'VALUE a 0 3\n234\nEND\n'),
    ask('incr a noreply\nget a\n', 'VALUE a 0 3\n234\nEND\n', {
      newer: 'ERROR\nVALUE a 0 3\n234\nEND\n',
      memfleet: 'VALUE a 0 3\n234\nEND\n',
    }),
    ask('delete a x noreply\nget a\n', 'VALUE a 0 3\n234\nEND\n', {
      newer: 'END\n',
      memfleet: 'VALUE a 0 3\n234\nEND\n',
    }),
    ask('verbosity x noreply\nget a\n', 'VALUE a 0 3\n234\nEND\n'),
    ask('get a noreply\n', 'VALUE a 0 3\n234\nEND\n', { note: 'a key like any other' }),
    ask('version noreply\n', 'VERSION {*}\n'),
    ask('set a 0 0 noreply\nget a\n', 'VALUE a 0 3\n234\nEND\n', {
      newer: 'CLIENT_ERROR bad command line format\nVALUE a 0 3\n234\nEND\n',
      memfleet: 'VALUE a 0 3\n234\nEND\n',
    }),
    ask('set a x 0 1 noreply\n9\nget a\n', 'ERROR\nVALUE a 0 3\n234\nEND\n', {
      newer: 'VALUE a 0 3\n234\nEND\n',
      memfleet: 'VALUE a 0 3\n234\nEND\n',
      ...noSecondError,
    }),
  ],
};

const longLine: Transcript = {
  name: 'a line over 2048 bytes that is no get',
  protocol: 'text',
  exchanges: [
    raw(`set ${'k'.repeat(4096)}`, '', {
      closes: true,
      memfleet: 'CLIENT_ERROR line too long\n',
      note: 'memcached closes without a reply; memfleet sends the reason',
    }),
  ],
};

const httpRequest: Transcript = {
  name: 'an HTTP request',
  protocol: 'text',
  exchanges: [ask('POST / HTTP/1.1\nHost: a\n\nflush_all\n', '', { closes: true })],
};

/** What is refused. */
export const textFaultTranscripts: readonly Transcript[] = [
  framing,
  retrievalFaults,
  storageFaults,
  badChunks,
  tooLargeValues,
  noreply,
  longLine,
  httpRequest,
];
