/** What clients of other languages and memfleet share: each value as one writes it, and as the other reads it. */
import { expect } from 'vitest';
import { RawValue, transcoders } from '../../src/client/index.ts';
import {
  dalli as dalliJudge,
  type Judge,
  phpMemcached,
  pymemcache,
  pythonMemcached,
} from '../locator/support/judges.ts';
import { javaRunner, type SharingClient, spymemcachedJudge } from './typed-values.ts';

const { dalli, php, python, spymemcached } = transcoders;

const text = 'naïve ☃\r\n';
/** Bytes that are not UTF-8. */
const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
/** Texts that clients compress, with near and far repetitions. */
const long = `${'far away '.repeat(3)}${Array.from({ length: 3000 }, (_, i) => `${i * 7919} `).join('')}`.repeat(2);
/** A text that becomes small. */
export const run = 'x'.repeat(100_000);

/** A value that only the other language's serializer can read. */
const rawWith = (flags: number): unknown => {
  const raw = new RawValue(Buffer.alloc(0), flags);
  return Object.assign(Object.create(Object.getPrototypeOf(raw) as object), { flags, bytes: expect.any(Uint8Array) });
};

const list = '[1,"two",null]';

const pythonTheirs: SharingClient['theirs'] = [
  [['str', text], text],
  [['str', ''], ''],
  [['bytes', bytes], bytes],
  [['bytes', ''], Buffer.alloc(0)],
  [['int', '0'], 0],
  [['int', '-42'], -42],
  [['int', String(2 ** 53 - 1)], 2 ** 53 - 1],
  [['int', String(2n ** 70n)], 2n ** 70n],
  [['float', '1.5'], rawWith(1)],
  [['json', 'null'], rawWith(1)],
  [['json', list], rawWith(1)],
  [['str', long], long],
  [['str', run], run],
  [['bytes', long], Buffer.from(long)],
];
const pythonOurs: SharingClient['ours'] = [
  [text, ['str', text]],
  ['', ['str', '']],
  [long, ['str', long]],
  [bytes, ['bytes', bytes]],
  [Buffer.alloc(0), ['bytes', '']],
  [0, ['int', '0']],
  [-42, ['int', '-42']],
  [2 ** 53 - 1, ['int', String(2 ** 53 - 1)]],
  [2n ** 70n, ['int', String(2n ** 70n)]],
];
/** True and False in flags 2, as pylibmc has them; pymemcache pickles them. */
const pylibmcBooleans: SharingClient['theirs'] = [
  [['bool', 'True'], 1],
  [['bool', 'False'], 0],
];
const pickledBooleans: SharingClient['theirs'] = [[['bool', 'True'], rawWith(1)]];

const pylibmc: Judge = { name: 'pylibmc', programs: pymemcache.programs, probe: ['-c', 'import pylibmc'] };

type Own = Pick<SharingClient, 'theirs' | 'flagsOfRun' | 'prefix'>;

const pythonClient = (judge: Judge, library: string, own: Own): SharingClient => ({
  ...judge,
  ...own,
  program: ['values.py', library],
  transcoder: python,
  theirs: [...pythonTheirs, ...own.theirs],
  ours: pythonOurs,
});

const django = (library: Judge, theirs: SharingClient['theirs']): SharingClient => {
  const { name, programs } = library;
  const judge = { name: `Django on ${name}`, programs, probe: ['-c', `import django, ${name}`] };
  return pythonClient(judge, `django-${name}`, { theirs, flagsOfRun: 16, prefix: ':1:' });
};

const pythons: readonly SharingClient[] = [
  pythonClient(pymemcache, 'pymemcache', { theirs: pickledBooleans, flagsOfRun: 16 }),
  pythonClient(pylibmc, 'pylibmc', { theirs: pylibmcBooleans, flagsOfRun: 16 | 8 }),
  pythonClient(pythonMemcached, 'python-memcached', { theirs: pickledBooleans, flagsOfRun: 16 | 8 }),
  django(pymemcache, pickledBooleans),
  django(pylibmc, pylibmcBooleans),
];

/** Values that PHP and memfleet share, whatever PHP's serializer and compression are. */
const phpTheirs: SharingClient['theirs'] = [
  [['string', text], text],
  [['string', ''], ''],
  [['string', bytes], bytes],
  [['string', long], long],
  [['string', run], run],
  // FastLZ has other offsets from 64 KB on.
  [['string', long.repeat(3)], long.repeat(3)],
  [
    ['string', Buffer.concat(Array.from({ length: 40 }, () => bytes))],
    Buffer.concat(Array.from({ length: 40 }, () => bytes)),
  ],
  [['integer', '0'], 0],
  [['integer', '-42'], -42],
  [['integer', String(2n ** 63n - 1n)], 2n ** 63n - 1n],
  [['integer', String(-(2n ** 63n) + 1n)], -(2n ** 63n) + 1n],
  ...[1.5, -0, 0.1, 5e-324, 1.7976931348623157e308, -1e22, 123456789.125, 1e-7].map(
    (value) => [['double', Object.is(value, -0) ? '-0' : String(value)], value] as const,
  ),
  [['double', 'INF'], Infinity],
  [['double', '-INF'], -Infinity],
  [['double', 'NAN'], Number.NaN],
  [['boolean', 'true'], true],
  [['boolean', 'false'], false],
];
const phpOurs: SharingClient['ours'] = [
  [text, ['string', text]],
  ['', ['string', '']],
  [bytes, ['string', bytes]],
  [0, ['integer', '0']],
  [-42, ['integer', '-42']],
  [2 ** 53 - 1, ['integer', String(2 ** 53 - 1)]],
  [2n ** 63n - 1n, ['integer', String(2n ** 63n - 1n)]],
  [1.5, ['double', '1.5']],
  [0.1, ['double', '0.1']],
  [5e-324, ['double', '5.0e-324']],
  [-0, ['double', '-0']],
  [2 ** 53, ['double', '9007199254740992']],
  [Infinity, ['double', 'INF']],
  [-Infinity, ['double', '-INF']],
  [Number.NaN, ['double', 'NAN']],
  [true, ['boolean', 'true']],
  [false, ['boolean', 'false']],
  [null, ['json', 'null']],
  [
    [1, 'two', null],
    ['json', list],
  ],
  [{ a: { b: [] } }, ['json', '{"a":{"b":[]}}']],
];

const phps: readonly SharingClient[] = (
  [
    ['php', 'fastlz', rawWith(4)],
    ['json', 'zlib', [1, 'two', null]],
    ['igbinary', 'fastlz', rawWith(5)],
    ['msgpack', 'zlib', rawWith(7)],
  ] as const
).map(([serializer, compression, read]) => ({
  ...phpMemcached,
  name: `php-memcached, ${serializer}, ${compression}`,
  program: ['values.php', serializer, compression],
  transcoder: php,
  flagsOfRun: compression === 'zlib' ? 0x30 : 0x50,
  theirs: [...phpTheirs, [['json', list], read]],
  ours: phpOurs,
}));

const dallis: readonly SharingClient[] = [
  {
    ...dalliJudge,
    name: 'Dalli, Marshal',
    program: ['values.rb', 'marshal'],
    transcoder: dalli,
    flagsOfRun: 2,
    theirs: [
      [['raw', text], text],
      [['raw', ''], ''],
      [['raw', bytes], bytes],
      [['raw', long], long],
      [['raw', run], run],
      [
        ['raw', Buffer.concat(Array.from({ length: 40 }, () => bytes))],
        Buffer.concat(Array.from({ length: 40 }, () => bytes)),
      ],
      [['string', text], rawWith(1)],
      [['string', long], rawWith(3)],
      [['json', list], rawWith(1)],
    ],
    ours: [
      [text, ['string', text]],
      ['', ['string', '']],
      [bytes, ['string', bytes]],
      [long, ['string', long]],
    ],
  },
  {
    ...dalliJudge,
    name: 'Dalli, JSON',
    program: ['values.rb', 'json'],
    transcoder: dalli.with({ json: true }),
    flagsOfRun: 1 | 2,
    theirs: [
      [['raw', text], text],
      [['string', text], text],
      [['string', long], long],
      [['string', run], run],
      [
        ['json', list],
        [1, 'two', null],
      ],
      [['json', '{"a":{"b":1.5}}'], { a: { b: 1.5 } }],
      [['json', 'true'], true],
    ],
    ours: [
      [text, ['string', text]],
      [bytes, ['string', bytes]],
      [
        [1, 'two', null],
        ['json', list],
      ],
      [{ a: 1.5 }, ['json', '{"a":1.5}']],
      [42, ['json', '42']],
      [true, ['json', 'true']],
    ],
  },
];

const java: SharingClient = {
  ...spymemcachedJudge,
  runner: javaRunner,
  program: ['Values.java'],
  transcoder: spymemcached,
  flagsOfRun: 2,
  theirs: [
    [['String', text], text],
    [['String', ''], ''],
    [['String', long], long],
    [['String', run], run],
    [['Boolean', 'true'], true],
    [['Boolean', 'false'], false],
    ...['0', '1', '-1', '300', '2147483647', '-2147483648'].map(
      (value) => [['Integer', value], Number(value)] as const,
    ),
    ...['0', '5', '-5', '9223372036854775807', '-9223372036854775808'].map(
      (value) => [['Long', value], BigInt(value)] as const,
    ),
    [['Date', '1700000000000'], new Date(1_700_000_000_000)],
    [['Date', '-1'], new Date(-1)],
    [['Byte', '-3'], -3],
    [['Byte', '0'], 0],
    [['Float', '1.5'], 1.5],
    [['Float', '1.4E-45'], 2 ** -149],
    [['Double', '0.1'], 0.1],
    [['Double', '-0.0'], -0],
    [['Double', 'NaN'], Number.NaN],
    [['byte[]', bytes], bytes],
    [['list', 'x'], rawWith(1)],
  ],
  ours: [
    [text, ['String', text]],
    ['', ['String', '']],
    [true, ['Boolean', 'true']],
    [false, ['Boolean', 'false']],
    ...[0, 1, -1, 300, 2 ** 31 - 1, -(2 ** 31)].map((value) => [value, ['Integer', String(value)]] as const),
    ...[0n, 5n, -5n, 2n ** 63n - 1n, -(2n ** 63n)].map((value) => [value, ['Long', String(value)]] as const),
    [new Date(1_700_000_000_000), ['Date', '1700000000000']],
    [new Date(-1), ['Date', '-1']],
    [0.1, ['Double', '0.1']],
    [-0, ['Double', '-0.0']],
    [2 ** 31, ['Double', '2.147483648E9']],
    [Number.NaN, ['Double', 'NaN']],
    [Infinity, ['Double', 'Infinity']],
    [bytes, ['byte[]', bytes]],
  ],
};

/** The clients of other languages. */
export const sharingClients: readonly SharingClient[] = [...pythons, ...phps, ...dallis, java];
