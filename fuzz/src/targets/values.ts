/** Stored values, whatever flags they have, and the messages of handshakes: an error of ours at the worst. */
import { serialize } from 'node:v8';
import { deflateSync, gzipSync } from 'node:zlib';
import { ProtocolProbe } from '../../../packages/memfleet/dist/connection/protocol-probe.js';
import {
  AuthenticationError,
  InvalidArgumentError,
  ProtocolError,
  UnsafeIntegerError,
} from '../../../packages/memfleet/dist/core/errors.js';
import { Reply } from '../../../packages/memfleet/dist/core/reply.js';
import { type Encoded, RawValue, type Transcoder, transcoders } from '../../../packages/memfleet/dist/index.js';
import { parseFeatures } from '../../../packages/memfleet/dist/protocol/binary/hello.js';
import { parsePlain } from '../../../packages/memfleet/dist/protocol/binary/sasl-plain.js';
import { ScramClient, scramCredential, ScramServer } from '../../../packages/memfleet/dist/protocol/binary/scram.js';
import { hashOf, Random } from '../random.ts';
import { holds, holdsSame, outcome, show, type Target } from '../target.ts';

const maxLength = 1024 * 1024;
const readers: readonly Transcoder<unknown>[] = [
  transcoders.auto,
  transcoders.json,
  transcoders.v8,
  transcoders.couchbase,
  transcoders.compressed(transcoders.auto, { maxLength }),
  transcoders.dalli.with({ maxLength }),
  transcoders.memcacheClient.with({ maxLength }),
  transcoders.memjs,
  transcoders.php.with({ maxLength }),
  transcoders.python.with({ maxLength }),
  transcoders.spymemcached.with({ maxLength }),
  transcoders.dalli.with({ json: true, maxLength }),
  transcoders.python.with({ json: true, maxLength }),
];
/** Those whose flags are a table: what they read they write, and read again. */
const tables = readers.slice(5);

/** Four bytes of flags, then the value. */
function readValue(input: string): string {
  const bytes = Buffer.from(input, 'latin1');
  const flags = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  const data = bytes.subarray(Math.min(4, bytes.length));
  const kinds = readers.map((reader) => {
    const result = outcome(() => read(reader, { data, flags }), ProtocolError, UnsafeIntegerError);
    if ('error' in result) return result.error.message.slice(0, 20);
    const { value } = result;
    if (value instanceof RawValue) {
      holds(value.flags === flags && data.equals(value.bytes), 'a RawValue has the bytes and flags that are stored');
      return 'raw';
    }
    if (tables.includes(reader)) {
      // JSON makes Infinity of 1e999, and does not write it.
      const again = outcome(() => read(reader, reader.encode(value)), InvalidArgumentError);
      if ('value' in again) holdsSame(show(again.value), show(value), 'what is read can be written, and read again');
    }
    return typeof value;
  });
  return `${kinds.join()} ${Math.min(64, flags)}`;
}

/** The value, of a reply that may not be kept. */
function read(reader: Transcoder<unknown>, { data, flags }: Encoded): unknown {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
  const reply = new Reply().reset('ok');
  reply.flags = flags;
  reply.setBytes(bytes, 0, bytes.length, false);
  return reader.decode(reply);
}

const mechanism = 'SCRAM-SHA1';
const credential = scramCredential(mechanism, 'p', Buffer.from('salt'), 4096);

/** A line for each message. What would be answered by a proof is left out, as that takes time on purpose. */
function shakeHands(input: string): string {
  const bytes = Buffer.from(input, 'latin1');
  const random = new Random(hashOf(input));
  const probes = (['meta', 'text', 'binary'] as const).map((protocol) => {
    const probe = new ProtocolProbe(protocol, 'n', { username: 'u', password: 'p' });
    const cut = random.below(bytes.length + 1);
    return [bytes.subarray(0, cut), bytes.subarray(cut)].map((piece) => probe.push(piece).kind).join('');
  });
  const [first = '', final = '', verdict = ''] = input.split('\n');
  const server = new ScramServer({
    mechanism,
    credentialOf: (user) => (user === 'u' ? credential : undefined),
    nonce: 'S',
  });
  const client = new ScramClient({ mechanism, user: 'u', password: 'p', nonce: 'abc' });
  const steps = [
    outcome(() => server.challenge(first), AuthenticationError),
    outcome(() => server.finish(final), AuthenticationError),
    outcome(() => client.verify(verdict), AuthenticationError),
    outcome(() => client.respond(first.replace(/i=\d/, 'i=x'), () => {}), AuthenticationError),
  ];
  const told = steps.map((step) => ('error' in step ? step.error.message.slice(0, 30) : 'ok'));
  return `${probes.join()} ${told.join()} ${parsePlain(input) !== undefined} ${parseFeatures(input)?.length === 1}`;
}

export const valueTargets: readonly Target[] = [
  {
    name: 'stored-values',
    seeds: [
      '\0\0\0\0text',
      '\0\0\0\x02{"a":[1,null]}',
      '\0\0\0\x08-1.5e3  ',
      '\0\0\0\x10-123',
      '\0\0\0\x04bytes',
      '\x02\0\0\0{}',
      '\0\0\0\x01\x1f\x8b',
      // Structured clones: an object, a Map, a typed array.
      `\0\0\0\x20${serialize({ a: [1, 'x'] }).toString('latin1')}`,
      `\0\0\0\x20${serialize(new Map([[1, new Set(['x'])]])).toString('latin1')}`,
      `\0\0\0\x20${serialize(new Float64Array([1.5])).toString('latin1')}`,
      // Types of Python, Ruby and Java, and what Python, PHP and Java compress.
      '\0\0\0\x031',
      '\0\0\0\x06{}',
      '\0\0\x02\0\x01\x2c',
      '\0\0\x04\0\x01',
      '\0\0\x07\0\x3f\xf8\0\0\0\0\0\0',
      `\0\0\0\x18${deflateSync('x'.repeat(99)).toString('latin1')}`,
      `\0\0\0\x30\x63\0\0\0${deflateSync('x'.repeat(99)).toString('latin1')}`,
      '\0\0\0\x50\x08\0\0\0\0a\xa0\0',
      '\0\0\0\x50\x0c\x01\0\0\x20a\xe0\xff\x03\0',
      `\0\0\0\x02${gzipSync('x'.repeat(99)).toString('latin1')}`,
      '\x6d\x66\x10\0{}',
    ],
    words: [
      '\0\0\0\x08',
      '\0\0\0\x10',
      '\0\0\0\x02',
      '\x1f\x8b\x08\0',
      '\x78\x9c',
      '\0\0\0\x20\xff\x0f',
      '\x28\xb5\x2f\xfd',
      '\xe0\xff\xff',
      '1'.repeat(4000),
      ' '.repeat(4000),
      '['.repeat(4000),
      'e',
      '.',
      '+',
      '-',
      'NaN',
      'Infinity',
    ],
    run: readValue,
  },
  {
    name: 'handshakes',
    seeds: [
      'MN\r\n',
      'ERROR\r\n',
      'CLIENT_ERROR unauthenticated\r\nSTORED\r\nMN\r\n',
      'VERSION 1.6.18\r\n',
      `\x81\x0b${'\0'.repeat(22)}`,
      'n,,n=u,r=abc\nc=biws,r=abcS,p=AAAA\nv=AAAA',
      'r=abcS,s=c2FsdA==,i=1',
      '\0u\0p',
    ],
    words: [
      '\r\n',
      ',',
      '=',
      'r=',
      's=',
      'i=',
      'm=',
      'n=',
      'p=',
      'v=',
      'e=',
      'c=biws',
      '=2C',
      '=3D',
      'abc',
      '\0',
      'STORED\r\n',
      'MN\r\n',
      '\x81',
    ],
    run: shakeHands,
  },
];
