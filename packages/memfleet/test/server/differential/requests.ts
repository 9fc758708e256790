/**
 * Random requests in the three protocols. Whole ones are understood or refused, and eat nothing that follows; broken
 * ones may: what follows on their connection is part of the request.
 *
 * Left out: what may happen at another moment (times that come during the run), and what memfleet answers differently
 * on purpose (the table in `differential.test.ts`).
 */
import type { Random } from './random.ts';

/** What the first byte of a connection selects. */
export type Protocol = 'ascii' | 'binary';

const keys = ['a', 'b', 'c', 'n', 'long'.repeat(60), '\x01\x7f\xff'];
const values = [
  '',
  '0',
  '9',
  '10',
  '99',
  '007',
  ' 5',
  '5 ',
  '9223372036854775807',
  'abc',
  '\r\nEND\r\n',
  '-1',
  '\x80\xff\t',
  'w'.repeat(100),
  'y'.repeat(4097),
];
const exptimes = ['0', '0', '0', '100', '1000', '-1', '2592000', '2592001', '2000000000', '4294967295', '-2147483648'];
const clientFlags = ['0', '1', '65535', '4294967295'];
const deltas = ['0', '1', '5', '100', '18446744073709551615', '18446744073709551616', 'z', '-1', ''];

/**
 * A get of so many keys that the line is longer than any other may be. memcached knows `gat` only if it comes whole.
 */
function longGet(random: Random, verb: string): string {
  const line = `${verb} ${Array.from({ length: 20 + random.below(40) }, () => random.of(keys)).join(' ')}`;
  const end = random.once(10) ? `\0 ${random.of(keys)}` : '';
  return `${verb.startsWith('gat') ? line.slice(0, 1700).replace(/ \S*$/, '') : line}${end}\r\n`;
}

const ending = (random: Random): string => (random.once(5) ? ' noreply' : '');

/** The cas that the last `gets` of the connection showed stands for this byte string. */
export const lastCas = '\u0100';

const text: readonly ((random: Random) => string)[] = [
  (random) => {
    const value = random.of(values);
    const verb = random.of(['set', 'set', 'add', 'replace', 'append', 'prepend']);
    return `${verb} ${random.of(keys)} ${random.of(clientFlags)} ${random.of(exptimes)} ${value.length}${ending(random)}\r\n${value}\r\n`;
  },
  (random) => {
    const value = random.of(values);
    const cas = random.of([lastCas, lastCas, '0', '1', '18446744073709551615']);
    return `cas ${random.of(keys)} ${random.of(clientFlags)} ${random.of(exptimes)} ${value.length} ${cas}${ending(random)}\r\n${value}\r\n`;
  },
  (random) => {
    const verb = random.of(['get', 'gets', 'gets', `gat ${random.of(exptimes)}`, `gats ${random.of(exptimes)}`]);
    if (random.once(40)) return longGet(random, verb);
    return `${verb} ${Array.from({ length: 1 + random.below(4) }, () => random.of(keys)).join(' ')}\r\n`;
  },
  (random) => `${random.of(['incr', 'decr'])} ${random.of(keys)} ${random.of(deltas)}${ending(random)}\r\n`,
  (random) => `touch ${random.of(keys)} ${random.of(exptimes)}${ending(random)}\r\n`,
  (random) => `delete ${random.of(keys)}${random.of(['', '', '', ' 0', ' 5', ' z'])}${ending(random)}\r\n`,
  (random) =>
    random.of([
      'flush_all\r\n',
      'flush_all 0\r\n',
      'flush_all -1\r\n',
      'flush_all noreply\r\n',
      'flush_all z\r\n',
      'verbosity 0\r\n',
      'verbosity\r\n',
      'version\r\n',
      'bogus\r\n',
      'get\r\n',
      '\r\n',
      '\n',
      'get a\n',
      ' get a\r\n',
      'get  a\r\n',
      'get a\0 b\r\n',
      'get a \0b\r\n',
      'gets a\0\r\n',
      'get\0a\r\n',
      '\0get a\r\n',
      'mg a\0 v\r\n',
      'mn\0\r\n',
      'get a\r\0\n',
      'touch a 0\0 0\r\n',
      'incr n 1\x0000\r\n',
      'set a\0 0 0 1\r\n',
      'set a 0 0 1\0 noreply\r\nv\r\n',
      'ms a 1\0 MX\r\nv\r\n',
      `get ${'a b '.repeat(20)}\0${' c'.repeat(20)}\r\n`,
      'get a \r\n',
      'GET a\r\n',
      'mn\r\n',
      'mn z\r\n',
      'gat\r\n',
      'touch a\r\n',
      'incr a\r\n',
      'delete\r\n',
      'set\r\n',
      'set a\r\n',
      'stats bogus\r\n',
      'stats detail\r\n',
      'stats sizes\r\n',
      'stats cachedump\r\n',
      'stats cachedump 99 0\r\n',
      'lru\r\n',
      'lru tune 1 2\r\n',
      'lru bogus 1\r\n',
      'lru_crawler\r\n',
      'lru_crawler crawl z\r\n',
      'slabs\r\n',
      'slabs reassign 1 1\r\n',
      'cache_memlimit\r\n',
      'cache_memlimit z\r\n',
      'cache_memlimit 4\r\n',
      'shutdown\r\n',
      'mg\r\n',
      'ms\r\n',
      'md\r\n',
      'ma\r\n',
      `get ${'k'.repeat(251)}\r\n`,
      `mg ${'k'.repeat(251)} v\r\n`,
      `delete ${'k'.repeat(251)}\r\n`,
    ]),
];

const metaTime = ['T0', 'T100', 'T-1', 'T1000'];
const opaque = ['Oabc', 'O1', 'O0123456789'];
const base64 = [
  'YQ==',
  'Yg==',
  'bg==',
  'YQ',
  '!!!!',
  'AAEC',
  '-YQ==',
  'Y-g==',
  'YQ==Yg==',
  'YQ=a',
  '=YQ=',
  'A===',
  'YQ==z',
];

function metaKey(random: Random, flags: string[]): string {
  // The key of an item that `mg N` makes comes back without its base64.
  if (!random.once(12) || flags.some((flag) => flag.startsWith('N'))) return random.of(keys);
  flags.push('b');
  return random.of(base64);
}

/** A flag more, or one too many. */
function odd(random: Random, flags: string[]): string[] {
  if (random.once(15))
    flags.push(random.of(['v', 'k', '!', 'Tz', 'Nz', 'k k', 'O', 'S5', 'MX', 'M', 'D', 'Jz', 'Fz', 'Cz']));
  return flags;
}

const line = (random: Random, verb: string, flags: string[], more = ''): string => {
  const key = metaKey(random, flags);
  return `${verb} ${key}${more}${odd(random, flags)
    .map((flag) => ` ${flag}`)
    .join('')}\r\n`;
};

const meta: readonly ((random: Random) => string)[] = [
  (random) =>
    line(random, 'mg', [
      ...random.some(['v', 'f', 's', 'k', 'q', 'c', 'h', 'u'], 3),
      ...random.some([random.of(opaque), random.of(metaTime), 'R50', 'R1000', 'N0', 'N100', 't'], 6),
    ]),
  (random) => {
    const value = random.of(values);
    const flags = [
      ...random.some(['c', 'k', 'q', 'I'], 4),
      ...random.some(
        [random.of(opaque), random.of(metaTime), `F${random.of(clientFlags)}`, `C${random.of([lastCas, '1', '0'])}`],
        4,
      ),
      ...random.some([random.of(['MS', 'ME', 'MA', 'MP', 'MR', 'Mset', 'mS'])], 3),
    ];
    return `${line(random, 'ms', flags, ` ${value.length}`)}${value}\r\n`;
  },
  (random) =>
    line(random, 'md', [
      ...random.some(['k', 'q', 'I'], 3),
      ...random.some([random.of(opaque), random.of(metaTime), `C${random.of([lastCas, '1', '0'])}`], 4),
    ]),
  (random) => {
    // A `q` silences what `N` makes in newer versions only.
    const quietOrMade = random.of([['q'], ['N0'], ['N100'], ['J7', 'N0'], []]);
    const others = [
      random.of(opaque),

      'D3',
      'D18446744073709551615',
      `C${random.of([lastCas, '1'])}`,
    ];
    return line(random, 'ma', [
      ...random.some(['v', 'k', 'c', 't', ...quietOrMade], 2),
      ...random.some(others, 5),
      ...random.some([random.of(['MI', 'MD', 'M+', 'M-', 'Mi', 'MX'])], 3),
    ]);
  },
];

const opcodes = {
  keyOnly: [0x00, 0x09, 0x0c, 0x0d, 0x04, 0x14],
  storing: [1, 2, 3, 0x11, 0x12, 0x13],
  joining: [0x0e, 0x0f, 0x19, 0x1a],
  counting: [5, 6, 0x15, 0x16],
  touching: [0x1c, 0x1d, 0x1e],
  alone: [0x0a, 0x0b, 0x08, 0x18],
} as const;

/** One packet. */
export function packet(
  opcode: number,
  key: string,
  extras: Buffer,
  value: string,
  cas: bigint,
  opaqueId: number,
): string {
  const header = Buffer.alloc(24);
  header[0] = 0x80;
  header[1] = opcode;
  header.writeUInt16BE(key.length, 2);
  header[4] = extras.length;
  header.writeUInt32BE(extras.length + key.length + value.length, 8);
  header.writeUInt32BE(opaqueId, 12);
  header.writeBigUInt64BE(cas, 16);
  return header.toString('latin1') + extras.toString('latin1') + key + value;
}

function numbers(...all: readonly number[]): Buffer {
  const buffer = Buffer.alloc(all.length * 4);
  for (const [at, number] of all.entries()) buffer.writeUInt32BE(number, at * 4);
  return buffer;
}

const binaryTimes = [0, 0, 100, 1000, 2_000_000_000];
const none = Buffer.alloc(0);

const binary: readonly ((random: Random) => string)[] = [
  (random) =>
    packet(random.of(opcodes.keyOnly), random.of(keys), none, '', random.of([0n, 0n, 0n, 1n]), random.below(0xffff)),
  (random) =>
    packet(
      random.of(opcodes.storing),
      random.of(keys),
      numbers(random.of([0, 1, 0xffff_ffff]), random.of(binaryTimes)),
      random.of(values),
      random.of([0n, 0n, 0n, 1n]),
      random.below(0xffff),
    ),
  (random) =>
    packet(
      random.of(opcodes.joining),
      random.of(keys),
      none,
      random.of(values),
      random.of([0n, 0n, 1n]),
      random.below(0xffff),
    ),
  (random) =>
    packet(
      random.of(opcodes.counting),
      random.of(keys),
      numbers(0, random.of([0, 1, 0xffff_ffff]), 0, random.of([0, 7]), random.of([0, 100, 0xffff_ffff])),
      '',
      0n,
      random.below(0xffff),
    ),
  (random) =>
    packet(random.of(opcodes.touching), random.of(keys), numbers(random.of(binaryTimes)), '', 0n, random.below(0xffff)),
  (random) => packet(random.of(opcodes.alone), '', none, '', 0n, random.below(0xffff)),
];

/** A request that eats nothing of what follows. */
export function wholeRequest(random: Random, protocol: Protocol): string {
  if (protocol === 'binary') return random.of(binary)(random);
  return random.once(2) ? random.of(text)(random) : random.of(meta)(random);
}

const isStoring = (request: string): boolean => /^(?:set|add|replace|append|prepend|cas|ms) /.test(request);

/** Requests of which memcached reads broken forms in ways that memfleet refuses: see `differential.test.ts`. */
function isStrict(request: string): boolean {
  const opcode = request.charCodeAt(1);
  return request.charCodeAt(0) === 0x80
    ? opcode >= 0x1c && opcode <= 0x1e
    : /^(?:stats|flush_all)\b/.test(request) || request.length > 2000;
}

/** What may come into a request. */
const puts = {
  ascii: [' ', '\n', '\r\n', '\0', 'z', '9', '\xff', '\x80'],
  binary: ['\0', 'z', '9', '-', '\xff', '\x80'],
} as const;

/** Whether it is a packet that promises more than 64 KB. */
function isTooLong(request: string): boolean {
  return request.charCodeAt(0) === 0x80 && request.slice(8, 10) !== '\0\0';
}

/** What only newer versions know: flags, flags together, a `gat` that has no key. */
const newer: readonly RegExp[] = [
  /^ma [^\n]* q[^\n]* N|^ma [^\n]* N[^\n]* q/m,
  /^mg [^\n]* b[^\n]* N|^mg [^\n]* N[^\n]* b/m,
  /^m[gsda] [^\n]* E/m,
  /\bgats? +[^ \n\0]* *(?:\r?\n|\0)/,
];

/** Whether its value is blank: memcached then counts what lies behind it in memory. */
function hasBlankValue(request: string): boolean {
  const isBinary = request.charCodeAt(0) === 0x80;
  const from = isBinary
    ? 24 + request.charCodeAt(4) + request.charCodeAt(2) * 256 + request.charCodeAt(3)
    : request.indexOf('\n') + 1;
  const length = /^(?:ms [^ ]+|[a-z]+ [^ ]+ [^ ]+ [^ ]+) (\d+)/.exec(request)?.[1];
  return /^[\t-\r ]+$/.test(request.slice(from, isBinary ? undefined : from + Number(length ?? 0)));
}

function breakable(random: Random, protocol: Protocol): string {
  let request = wholeRequest(random, protocol);
  while (isStrict(request)) request = wholeRequest(random, protocol);
  return request.replaceAll(lastCas, '1');
}

/**
 * The same with some bytes changed, cut out or put in: anything may follow from it. Of a request with a value in ASCII
 * only the value changes: what a wrong line means for the value behind it is another thing to memfleet.
 */
export function brokenRequest(random: Random, protocol: Protocol): string {
  let request = breakable(random, protocol);
  const from = protocol === 'ascii' && isStoring(request) ? request.indexOf('\r\n') + 2 : 0;
  for (let changes = 1 + random.below(2); changes > 0; changes--) {
    const at = from + random.below(request.length - from + 1);
    const gone = random.once(2) ? random.below(4) : 0;
    const put = random.once(2) ? '' : random.of(puts[protocol]);
    request = request.slice(0, at) + put + request.slice(at + gone);
  }
  return isTooLong(request) || hasBlankValue(request) || newer.some((one) => one.test(request))
    ? brokenRequest(random, protocol)
    : request;
}

/** Whether memcached answers these in another way when they come together: see `sequence.ts`. */
export function mustBeAlone(request: string): boolean {
  return /^(?:incr|decr|ma|mg|ms|append|prepend|cas) |k{251}/.test(request) || request.charCodeAt(0) === 0x80;
}
