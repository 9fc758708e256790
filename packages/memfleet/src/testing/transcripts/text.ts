/** The classic protocol: what works. See transcript.ts. */
import { ask, type Transcript } from './transcript.ts';

const everyByte = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
const longKey = 'k'.repeat(250);
const manyKeys = Array.from({ length: 100 }, (_, i) => `many${i}`);
const large = 'large value '.repeat(20_000);

const retrieval: Transcript = {
  name: 'get, gets, gat, gats',
  protocol: 'text',
  exchanges: [
    ask('get a\n', 'END\n'),
    ask('set a 7 0 3\nfoo\n', 'STORED\n'),
    ask('get a\n', 'VALUE a 7 3\nfoo\nEND\n'),
    ask('gets a\n', 'VALUE a 7 3 {cas}\nfoo\nEND\n'),
    ask('gets a\n', 'VALUE a 7 3 {cas}\nfoo\nEND\n'),
    ask('set b 0 0 0\n\n', 'STORED\n'),
    ask('get b\n', 'VALUE b 0 0\n\nEND\n'),
    ask('get a b\n', 'VALUE a 7 3\nfoo\nVALUE b 0 0\n\nEND\n'),
    ask('get b a\n', 'VALUE b 0 0\n\nVALUE a 7 3\nfoo\nEND\n', { note: 'in the order of the request' }),
    ask('get none a none2 b none3\n', 'VALUE a 7 3\nfoo\nVALUE b 0 0\n\nEND\n', { note: 'misses are left out' }),
    ask('get a a\n', 'VALUE a 7 3\nfoo\nVALUE a 7 3\nfoo\nEND\n', { note: 'twice asked, twice answered' }),
    ask('get none none2\n', 'END\n'),
    ask('gets a b\n', 'VALUE a 7 3 {cas}\nfoo\nVALUE b 0 0 {casb}\n\nEND\n'),
    ask('gat 100 a\n', 'VALUE a 7 3\nfoo\nEND\n'),
    ask('gats 100 a\n', 'VALUE a 7 3 {cas}\nfoo\nEND\n', { note: 'a touch does not change the cas' }),
    ask('gat 0 a b none\n', 'VALUE a 7 3\nfoo\nVALUE b 0 0\n\nEND\n'),
    ask('gat 100 none\n', 'END\n'),
    ask('gat -1 b\n', 'VALUE b 0 0\n\nEND\n', { note: 'returned once more and expired by that' }),
    ask('get b\n', 'END\n'),
  ],
};

const manyGets: Transcript = {
  name: 'gets of many keys and long lines',
  protocol: 'text',
  exchanges: [
    ask(
      manyKeys.map((key) => `set ${key} 0 0 ${key.length} noreply\n${key}\n`).join('') + 'get many0\n',
      'VALUE many0 0 5\nmany0\nEND\n',
    ),
    ask(
      `get ${manyKeys.join(' ')}\n`,
      `${manyKeys.map((key) => `VALUE ${key} 0 ${key.length}\n${key}\n`).join('')}END\n`,
    ),
    ask(
      `get ${manyKeys.slice(0, 31).join('  ')}\n`,
      `${manyKeys
        .slice(0, 31)
        .map((key) => `VALUE ${key} 0 ${key.length}\n${key}\n`)
        .join('')}END\n`,
    ),
    ask(
      `get ${manyKeys.slice(0, 32).join(' ')} \n`,
      `${manyKeys
        .slice(0, 32)
        .map((key) => `VALUE ${key} 0 ${key.length}\n${key}\n`)
        .join('')}END\n`,
    ),
    ask(`get ${Array.from({ length: 600 }, (_, i) => `none${i}`).join(' ')} many7\n`, 'VALUE many7 0 5\nmany7\nEND\n', {
      note: 'longer than 2048 bytes',
    }),
    ask(`set ${longKey} 1 0 1\nx\n`, 'STORED\n'),
    ask(`get ${longKey}\n`, `VALUE ${longKey} 1 1\nx\nEND\n`),
    ask(
      `get ${Array.from({ length: 12 }, () => longKey).join(' ')}\n`,
      `${Array.from({ length: 12 }, () => `VALUE ${longKey} 1 1\nx\n`).join('')}END\n`,
    ),
  ],
};

const storage: Transcript = {
  name: 'set, add, replace, append, prepend',
  protocol: 'text',
  exchanges: [
    ask('add a 1 0 1\n1\n', 'STORED\n'),
    ask('add a 2 0 1\n2\n', 'NOT_STORED\n'),
    ask('get a\n', 'VALUE a 1 1\n1\nEND\n'),
    ask('replace a 3 0 2\n33\n', 'STORED\n'),
    ask('replace none 3 0 1\n3\n', 'NOT_STORED\n'),
    ask('get a none\n', 'VALUE a 3 2\n33\nEND\n'),
    ask('append a 9 0 1\n4\n', 'STORED\n', { note: 'flags and exptime of the line are not used' }),
    ask('prepend a 9 -1 1\n2\n', 'STORED\n'),
    ask('get a\n', 'VALUE a 3 4\n2334\nEND\n'),
    ask('append none 0 0 1\n4\n', 'NOT_STORED\n'),
    ask('prepend none 0 0 1\n4\n', 'NOT_STORED\n'),
    ask('set a 4294967295 0 1\nx\n', 'STORED\n'),
    ask('get a\n', 'VALUE a 4294967295 1\nx\nEND\n'),
    ask('set a 0 -1 1\nx\n', 'STORED\n', { note: 'stored, and expired at once' }),
    ask('get a\n', 'END\n'),
    ask('set a 0 0 1\nx\n', 'STORED\n'),
    ask('set a 0 1 1\ny\nset a 0 100 1\nz\n', 'STORED\nSTORED\n'),
    ask('set a 0 2592000 1\n1\n', 'STORED\n'),
    ask('get a\n', 'VALUE a 0 1\n1\nEND\n', { note: '30 days from now' }),
    ask('set a 0 2592001 1\n1\n', 'STORED\n', { note: 'more is a time since 1970, here long ago' }),
    ask('get a\n', 'END\n'),
    ask('set a 0 2147483647 1\n1\n', 'STORED\n'),
    ask('get a\n', 'VALUE a 0 1\n1\nEND\n'),
  ],
};

const compareAndSwap: Transcript = {
  name: 'cas',
  protocol: 'text',
  exchanges: [
    ask('cas none 0 0 1 1\nx\n', 'NOT_FOUND\n'),
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('gets a\n', 'VALUE a 0 1 {first}\n1\nEND\n'),
    ask('cas a 5 0 1 {first}\n2\n', 'STORED\n'),
    ask('cas a 6 0 1 {first}\n3\n', 'EXISTS\n'),
    ask('get a\n', 'VALUE a 5 1\n2\nEND\n'),
    ask('gets a\n', 'VALUE a 5 1 {second}\n2\nEND\n'),
    ask('cas a 0 0 1 {second} noreply\n4\nget a\n', 'VALUE a 0 1\n4\nEND\n'),
    ask('cas a 0 0 1 {second} noreply\n5\nget a\n', 'VALUE a 0 1\n4\nEND\n'),
    ask('cas a 0 0 1 0\n6\n', 'EXISTS\n', { note: 'no item has cas 0' }),
    ask('cas none 0 0 1 0\n6\n', 'NOT_FOUND\n'),
    ask('cas a 0 0 1 18446744073709551615\n6\n', 'EXISTS\n'),
    ask('cas a 0 0 1 18446744073709551616\n6\n', 'CLIENT_ERROR bad command line format\nERROR\n', {
      newer: 'CLIENT_ERROR bad command line format\n',
      memfleet: 'CLIENT_ERROR bad command line format\n',
      note: '1.6.18 reads the data block of a refused line as a command',
    }),
    ask('get a\n', 'VALUE a 0 1\n4\nEND\n'),
  ],
};

const counters: Transcript = {
  name: 'incr and decr',
  protocol: 'text',
  exchanges: [
    ask('incr n 1\n', 'NOT_FOUND\n'),
    ask('decr n 1\n', 'NOT_FOUND\n'),
    ask('set n 3 0 2\n10\n', 'STORED\n'),
    ask('incr n 5\n', '15\n'),
    ask('decr n 6\n', '9\n'),
    ask('get n\n', 'VALUE n 3 2\n9 \nEND\n', { note: 'a shorter number keeps the old length, padded with spaces' }),
    ask('incr n 1\n', '10\n'),
    ask('get n\n', 'VALUE n 3 2\n10\nEND\n'),
    ask('decr n 100\n', '0\n', { note: 'stops at 0' }),
    ask('incr n 0\n', '0\n'),
    ask('incr n 18446744073709551615\n', '18446744073709551615\n'),
    ask('incr n 1\n', '0\n', { note: 'wraps' }),
    ask('incr n 9007199254740993\n', '9007199254740993\n'),
    ask('incr n 18446744073709551616\n', 'CLIENT_ERROR invalid numeric delta argument\n'),
    ask('incr n -1\n', 'CLIENT_ERROR invalid numeric delta argument\n'),
    ask('incr n x\n', 'CLIENT_ERROR invalid numeric delta argument\n'),
    ask('incr n 1x\n', 'CLIENT_ERROR invalid numeric delta argument\n'),
    ask('incr n\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('set t 0 0 3\nabc\n', 'STORED\n'),
    ask('incr t 1\n', 'CLIENT_ERROR cannot increment or decrement non-numeric value\n'),
    ask('decr t 1\n', 'CLIENT_ERROR cannot increment or decrement non-numeric value\n'),
    ask('set t 0 0 0\n\n', 'STORED\n'),
    ask('incr t 1\n', 'CLIENT_ERROR cannot increment or decrement non-numeric value\n'),
    ask('set t 0 0 21\n184467440737095516150\n', 'STORED\n'),
    ask('incr t 1\n', 'CLIENT_ERROR cannot increment or decrement non-numeric value\n'),
    ask('incr n 7 noreply\nget n\n', 'VALUE n 3 20\n9007199254741000    \nEND\n'),
    ask('decr n 7 noreply\nget n\n', 'VALUE n 3 20\n9007199254740993    \nEND\n'),
  ],
};

const removal: Transcript = {
  name: 'delete, touch, flush_all',
  protocol: 'text',
  exchanges: [
    ask('delete a\n', 'NOT_FOUND\n'),
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('delete a\n', 'DELETED\n'),
    ask('get a\n', 'END\n'),
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('delete a 0\n', 'DELETED\n', { note: 'the 0 was a delay once' }),
    ask('delete a 1\n', 'CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\n', {
      newer: 'NOT_FOUND\n',
    }),
    ask('delete a 0 0\n', 'CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\n', {
      newer: 'NOT_FOUND\n',
    }),
    ask('delete a 0 noreply x\n', 'ERROR\n', { newer: 'NOT_FOUND\n' }),
    ask('delete\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('delete a noreply\nget a\n', 'END\n'),
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('delete a 0 noreply\nget a\n', 'END\n'),
    ask('delete noreply\n', 'NOT_FOUND\n', { note: 'the key is "noreply"' }),
    ask('touch a 10\n', 'NOT_FOUND\n'),
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('touch a 10\n', 'TOUCHED\n'),
    ask('get a\n', 'VALUE a 0 1\n1\nEND\n'),
    ask('touch a -1\n', 'TOUCHED\n'),
    ask('get a\n', 'END\n'),
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('touch a -1 noreply\nget a\n', 'END\n'),
    ask('touch a x\n', 'CLIENT_ERROR invalid exptime argument\n'),
    ask('touch a\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('set a 0 0 1\n1\nset b 0 0 1\n2\n', 'STORED\nSTORED\n'),
    ask('flush_all\n', 'OK\n'),
    ask('get a b\n', 'END\n'),
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('get a\n', 'VALUE a 0 1\n1\nEND\n', { note: 'what is stored after the flush stays' }),
    ask('flush_all noreply\nget a\n', 'END\n'),
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('flush_all 0 noreply\nget a\n', 'END\n'),
    ask('flush_all 0\n', 'OK\n'),
    ask('flush_all -1\n', 'OK\n'),
    ask('flush_all x\n', 'CLIENT_ERROR invalid exptime argument\n'),
    ask('flush_all 0 0 0\n', 'ERROR\n', { newer: 'OK\n' }),
  ],
};

const service: Transcript = {
  name: 'version, verbosity',
  protocol: 'text',
  exchanges: [
    ask('version\n', 'VERSION {*}\n'),
    ask('version please\n', 'VERSION {*}\n'),
    ask('verbosity 0\n', 'OK\n'),
    ask('verbosity 0 noreply\nversion\n', 'VERSION {*}\n'),
    ask('verbosity 0 x\n', 'OK\n'),
    ask('verbosity\n', 'ERROR\n', { newer: 'CLIENT_ERROR bad command line format\n' }),
    ask('verbosity x\n', 'CLIENT_ERROR bad command line format\n'),
    ask('verbosity -1\n', 'CLIENT_ERROR bad command line format\n'),
    ask('verbosity 1 2 3\n', 'ERROR\n', { newer: 'OK\n' }),
  ],
};

const quit: Transcript = {
  name: 'quit',
  protocol: 'text',
  exchanges: [
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('get a\nquit\nget a\n', 'VALUE a 0 1\n1\nEND\n', { closes: true, note: 'what follows it gets no reply' }),
  ],
};

const statistics: Transcript = {
  name: 'stats',
  protocol: 'text',
  exchanges: [
    ask('stats\n', '{stats}END\n'),
    ask('stats settings\n', '{stats}END\n'),
    ask('stats nonesuch\n', 'ERROR\n'),
    ask('stats reset\n', 'RESET\n'),
  ],
};

const values: Transcript = {
  name: 'values of all bytes and sizes',
  protocol: 'text',
  exchanges: [
    { send: `set a 0 0 256\r\n${everyByte}\r\n`, expect: 'STORED\r\n' },
    { send: 'get a\r\n', expect: `VALUE a 0 256\r\n${everyByte}\r\nEND\r\n` },
    { send: 'set a 0 0 7\r\n\r\nEND\r\n\r\n', expect: 'STORED\r\n' },
    { send: 'get a\r\n', expect: 'VALUE a 0 7\r\n\r\nEND\r\n\r\nEND\r\n' },
    { send: 'set a 0 0 2\r\n\r\n\r\n', expect: 'STORED\r\n' },
    { send: 'get a\r\n', expect: 'VALUE a 0 2\r\n\r\n\r\nEND\r\n' },
    { send: `set a 0 0 4096\r\n${large.slice(0, 4096)}\r\n`, expect: 'STORED\r\n' },
    { send: 'get a\r\n', expect: `VALUE a 0 4096\r\n${large.slice(0, 4096)}\r\nEND\r\n` },
    { send: `set a 0 0 4097\r\n${large.slice(0, 4097)}\r\n`, expect: 'STORED\r\n' },
    { send: 'get a\r\n', expect: `VALUE a 0 4097\r\n${large.slice(0, 4097)}\r\nEND\r\n` },
    { send: `set a 0 0 ${large.length}\r\n${large}\r\n`, expect: 'STORED\r\n' },
    { send: 'get a\r\n', expect: `VALUE a 0 ${large.length}\r\n${large}\r\nEND\r\n` },
    { send: 'append a 0 0 1\r\n!\r\n', expect: 'STORED\r\n' },
    { send: 'get a none a\r\n', expect: `VALUE a 0 ${large.length + 1}\r\n${large}!\r\n`.repeat(2) + 'END\r\n' },
  ],
};

const keys: Transcript = {
  name: 'keys of all bytes',
  protocol: 'text',
  exchanges: [
    {
      send: 'set \x01\x7f\xff\xc3\xa9 0 0 1\r\nx\r\n',
      expect: 'STORED\r\n',
      note: 'only space, CR LF and NUL are special',
    },
    { send: 'get \x01\x7f\xff\xc3\xa9\r\n', expect: 'VALUE \x01\x7f\xff\xc3\xa9 0 1\r\nx\r\nEND\r\n' },
    { send: 'set a\tb 0 0 1\r\nx\r\n', expect: 'STORED\r\n' },
    { send: 'get a\tb a\r\n', expect: 'VALUE a\tb 0 1\r\nx\r\nEND\r\n' },
    { send: 'set a\rb 0 0 1\r\nx\r\n', expect: 'STORED\r\n', note: 'a lone CR ends nothing' },
    { send: 'get a\rb\r\n', expect: 'VALUE a\rb 0 1\r\nx\r\nEND\r\n' },
    { send: 'get\0 a\r\n', expect: 'ERROR\r\n' },
    { send: '\0get a\r\n', expect: 'ERROR\r\n' },
    { send: 'set b 0 0 1\0 noreply\r\nx\r\n', expect: 'STORED\r\n' },
    { send: 'get b\0 b\r\n', expect: 'VALUE b 0 1\r\nx\r\nEND\r\n', note: 'a NUL ends the words of a line' },
    { send: `get${' b'.repeat(40)}\0${' b'.repeat(40)}\r\n`, expect: `${'VALUE b 0 1\r\nx\r\n'.repeat(40)}END\r\n` },
    { send: `get b${' none'.repeat(500)}\0${' b'.repeat(500)}\r\n`, expect: 'VALUE b 0 1\r\nx\r\nEND\r\n' },
    { send: `get b${' none'.repeat(300)}\0${' b'.repeat(1000)}\r\n`, expect: 'VALUE b 0 1\r\nx\r\nEND\r\n' },
    { send: 'set \x80 0 0 1\r\nx\r\n', expect: 'STORED\r\n' },
    { send: 'set __proto__ 0 0 1\r\nx\r\nset constructor 0 0 1\r\ny\r\n', expect: 'STORED\r\nSTORED\r\n' },
    {
      send: 'get __proto__ constructor toString\r\n',
      expect: 'VALUE __proto__ 0 1\r\nx\r\nVALUE constructor 0 1\r\ny\r\nEND\r\n',
    },
  ],
};

/** What works. */
export const textTranscripts: readonly Transcript[] = [
  retrieval,
  manyGets,
  storage,
  compareAndSwap,
  counters,
  removal,
  service,
  quit,
  statistics,
  values,
  keys,
];
