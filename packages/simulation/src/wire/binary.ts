/** The binary protocol (memcached `protocol_binary.txt`). */
import { type RawReply, type Request, type Said, type Wire, WireError } from './request.ts';

/** Opcodes: loud and quiet. */
const opcodes: Readonly<Partial<Record<Request['verb'], readonly [loud: number, quiet: number]>>> = {
  get: [0x0c, 0x0d],
  set: [0x01, 0x11],
  add: [0x02, 0x12],
  replace: [0x03, 0x13],
  append: [0x0e, 0x19],
  delete: [0x04, 0x14],
  incr: [0x05, 0x15],
  noop: [0x0a, 0x0a],
  unknown: [0x7f, 0x7f],
};

const stores: ReadonlySet<Request['verb']> = new Set(['set', 'add', 'replace', 'append']);

const headerSize = 24;

function extrasOf({ verb }: Request): Buffer {
  if (verb === 'set' || verb === 'add' || verb === 'replace') return Buffer.alloc(8);
  if (verb !== 'incr') return Buffer.alloc(0);
  const extras = Buffer.alloc(20);
  extras.writeBigUInt64BE(1n, 0);
  // No counter is made where there is none.
  extras.writeUInt32BE(0xff_ff_ff_ff, 16);
  return extras;
}

function encode(request: Request): string {
  const { id, isQuiet, keys, verb } = request;
  const value = stores.has(verb) ? (request.value ?? '') : '';
  const pair = opcodes[verb];
  if (pair === undefined) throw new WireError(`binary has no ${verb}`);
  const key = Buffer.from(keys[0] ?? '', 'latin1');
  const extras = extrasOf(request);
  const header = Buffer.alloc(headerSize);
  header[0] = 0x80;
  header[1] = pair[isQuiet ? 1 : 0];
  header.writeUInt16BE(key.length, 2);
  header[4] = extras.length;
  header.writeUInt32BE(extras.length + key.length + value.length, 8);
  header.writeUInt32BE(id, 12);
  return Buffer.concat([header, extras, key, Buffer.from(value, 'latin1')]).toString('latin1');
}

/** What success means, by opcode. */
const successes: Readonly<Record<number, Said>> = Object.fromEntries(
  (
    [
      ['get', 'values'],
      ['set', 'stored'],
      ['add', 'stored'],
      ['replace', 'stored'],
      ['append', 'stored'],
      ['delete', 'deleted'],
      ['incr', 'count'],
      ['noop', 'noop'],
    ] as const
  ).flatMap(([verb, said]) => (opcodes[verb] ?? []).map((opcode) => [opcode, said])),
);

const statuses: Readonly<Record<number, Said>> = {
  0x01: 'not found',
  0x02: 'not stored',
  0x05: 'not stored',
  0x81: 'unknown',
};

/** A miss of a get is a reply without items; stores into nothing, or onto something, are not stored. */
function saidWith(opcode: number, code: number): Said {
  const success = successes[opcode];
  if (code === 0) return success ?? 'unknown';
  const said = statuses[code] ?? 'server error';
  if (said !== 'not found') return said;
  if (success === 'values') return 'values';
  return success === 'stored' ? 'not stored' : said;
}

function decode(bytes: string): readonly [RawReply, number] | undefined {
  if (bytes.length === 0) return undefined;
  if (bytes.charCodeAt(0) !== 0x81) throw new WireError(`no reply of binary: begins with ${bytes.charCodeAt(0)}`);
  if (bytes.length < headerSize) return undefined;
  const header = Buffer.from(bytes.slice(0, headerSize), 'latin1');
  const length = headerSize + header.readUInt32BE(8);
  if (bytes.length < length) return undefined;
  const opcode = header[1] ?? 0;
  const code = header.readUInt16BE(6);
  const keyAt = headerSize + (header[4] ?? 0);
  const valueAt = keyAt + header.readUInt16BE(2);
  const said = saidWith(opcode, code);
  const body = bytes.slice(valueAt, length);
  const isItem = said === 'values' && code === 0;
  const items = isItem ? [{ key: bytes.slice(keyAt, valueAt), value: body }] : [];
  const count = said === 'count' ? Number(Buffer.from(body, 'latin1').readBigUInt64BE(0)) : undefined;
  const text = `opcode 0x${opcode.toString(16)}, status 0x${code.toString(16)}`;
  return [{ said, id: header.readUInt32BE(12), items, count, text }, length];
}

/** Binary. */
export const binary: Wire = {
  encode,
  decode,
  areQuietSilent: false,
  tellsQuietMisses: true,
  verbs: new Set(Object.keys(opcodes) as Request['verb'][]),
};
