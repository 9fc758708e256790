/** Packets of the binary protocol as they should be. */
import { headerText, magic, u64Text } from '../../packages/memfleet/dist/protocol/binary/header.js';
import { u32Text } from '../../packages/memfleet/dist/protocol/binary/integers.js';

interface Fields {
  readonly key?: string;
  readonly extras?: string;
  readonly value?: string;
  /** The status of an answer. */
  readonly code?: number;
  readonly cas?: bigint;
  readonly opaque?: number;
}

function packet(first: number, opcode: number, fields: Fields): string {
  const { key = '', extras = '', value = '', code = 0, cas = 0n, opaque = 0 } = fields;
  const body = extras.length + key.length + value.length;
  return headerText(first, opcode, key.length, extras.length, 0, code, body, opaque, cas) + extras + key + value;
}

/** A request. */
export const askPacket = (opcode: number, fields: Fields = {}): string => packet(magic.request, opcode, fields);

/** An answer. */
export const answerPacket = (opcode: number, fields: Fields = {}): string => packet(magic.response, opcode, fields);

const flags = u32Text(5) + u32Text(100);
const counter = u64Text(1n) + u64Text(10n) + u32Text(0);

const requests: readonly string[] = [
  askPacket(0x00, { key: 'a' }),
  askPacket(0x09, { key: 'a' }) + askPacket(0x0d, { key: 'b' }) + askPacket(0x0c, { key: 'c' }) + askPacket(0x0a),
  askPacket(0x01, { key: 'a', extras: flags, value: 'abc', cas: 9n }) +
    askPacket(0x11, { key: 'a', extras: flags, value: 'x' }),
  askPacket(0x02, { key: 'a', extras: flags, value: 'v'.repeat(5000) }),
  askPacket(0x03, { key: 'a', extras: flags, value: 'x' }) + askPacket(0x04, { key: 'a', cas: 5n }),
  askPacket(0x05, { key: 'a', extras: counter }) + askPacket(0x06, { key: 'a', extras: counter }),
  askPacket(0x0e, { key: 'a', value: 'x' }) + askPacket(0x0f, { key: 'a', value: 'x' }),
  askPacket(0x1c, { key: 'a', extras: u32Text(60) }) +
    askPacket(0x1d, { key: 'a', extras: u32Text(60) }) +
    askPacket(0x23, { key: 'a', extras: u32Text(60) }),
  askPacket(0x08) +
    askPacket(0x08, { extras: u32Text(5) }) +
    askPacket(0x0b) +
    askPacket(0x10, { key: 'items' }) +
    askPacket(0x1b, { extras: u32Text(1) }) +
    askPacket(0x07),
  askPacket(0x20) + askPacket(0x21, { key: 'PLAIN', value: '\0u\0p' }) + askPacket(0x22, { key: 'PLAIN', value: 'x' }),
  askPacket(0x1f, { key: 'memfleet', value: '\0\x07' }) + askPacket(0x89, { key: 'default' }) + askPacket(0xb5),
  askPacket(0x00, { key: 'a\r\nget b' }),
];

const words: readonly string[] = [
  ...requests.map((request) => request.slice(0, 24)),
  ...Array.from({ length: 0x26 }, (_, code) => askPacket(code)),
  '\x80', '\x81', '\x08', '\x18', 'a', 'a\r\nb', u32Text(0), u32Text(0xffffffff), u64Text(0n), u64Text(0xffffffffffffffffn),
]; // prettier-ignore

/** Requests that are answered, of one conversation each. */
const conversations: readonly (readonly string[])[] = [
  [askPacket(0x00, { key: 'a' }), askPacket(0x0c, { key: 'none' }), askPacket(0x0a)],
  [
    askPacket(0x01, { key: 'a', extras: flags, value: 'x' }),
    askPacket(0x04, { key: 'a' }),
    askPacket(0x05, { key: 'n', extras: counter }),
  ],
  [
    askPacket(0x1c, { key: 'a', extras: u32Text(60) }),
    askPacket(0x1d, { key: 'a', extras: u32Text(60) }),
    askPacket(0x0e, { key: 'a', value: 'x' }),
  ],
  [askPacket(0x0b), askPacket(0x1b, { extras: u32Text(1) }), askPacket(0x08)],
  [askPacket(0x10), askPacket(0x00, { key: 'a' })],
  [askPacket(0x00, { key: 'a\r\nget b' })],
  [
    askPacket(0x03, { key: 'a', extras: flags, value: 'x', cas: 5n }),
    askPacket(0x02, { key: 'b', extras: flags, value: 'x' }),
  ],
];

export const packets: {
  readonly requests: readonly string[];
  readonly conversations: readonly (readonly string[])[];
  readonly words: readonly string[];
} = { requests, conversations, words };
