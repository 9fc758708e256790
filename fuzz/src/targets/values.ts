/** Stored values, whatever flags they have, and the messages of handshakes: an error of ours at the worst. */
import { ProtocolProbe } from '../../../packages/memfleet/dist/connection/protocol-probe.js';
import { AuthenticationError, ProtocolError } from '../../../packages/memfleet/dist/core/errors.js';
import { Reply } from '../../../packages/memfleet/dist/core/reply.js';
import { type Transcoder, transcoders } from '../../../packages/memfleet/dist/index.js';
import { parseFeatures } from '../../../packages/memfleet/dist/protocol/binary/hello.js';
import { parsePlain } from '../../../packages/memfleet/dist/protocol/binary/sasl-plain.js';
import { ScramClient, scramCredential, ScramServer } from '../../../packages/memfleet/dist/protocol/binary/scram.js';
import { hashOf, Random } from '../random.ts';
import { outcome, type Target } from '../target.ts';

const readers: readonly Transcoder<unknown>[] = [
  transcoders.auto,
  transcoders.json,
  transcoders.couchbase,
  transcoders.compressed(transcoders.auto, { maxLength: 1024 * 1024 }),
];

/** Four bytes of flags, then the value. */
function readValue(input: string): string {
  const bytes = Buffer.from(input, 'latin1');
  const reply = new Reply().reset('ok');
  reply.flags = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  const kinds = readers.map((reader) => {
    reply.setBytes(bytes, Math.min(4, bytes.length), bytes.length, false);
    const result = outcome(() => reader.decode(reply), ProtocolError);
    return 'error' in result ? result.error.message.slice(0, 20) : typeof result.value;
  });
  return `${kinds.join()} ${Math.min(64, reply.flags)}`;
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
    ],
    words: [
      '\0\0\0\x08',
      '\0\0\0\x10',
      '\0\0\0\x02',
      '\x1f\x8b\x08\0',
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
