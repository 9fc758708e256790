/** `Utils` and `Header` of npm `memjs`: packets of the binary protocol. The client does not use them itself. */

/** The header of a packet. */
export interface PacketHeader {
  magic: number;
  opcode: number;
  keyLength: number;
  extrasLength: number;
  dataType?: number | undefined;
  status?: number | undefined;
  totalBodyLength: number;
  opaque?: number | undefined;
  cas?: Buffer | undefined;
}

/** A packet in its parts. */
export interface Packet {
  readonly header: PacketHeader;
  readonly key: Buffer;
  readonly extras: Buffer;
  readonly val: Buffer;
}

const headerLength = 24;

/** Bytes as they are; text as UTF-8. */
export const bufferify = (value: string | Uint8Array): Buffer =>
  Buffer.isBuffer(value) ? value : Buffer.from(value as string);

/** Headers ⇄ bytes. */
export const Header = {
  fromBuffer(bytes: Buffer | undefined): PacketHeader | Record<string, never> {
    if (bytes === undefined) return {};
    return {
      magic: bytes.readUInt8(0),
      opcode: bytes.readUInt8(1),
      keyLength: bytes.readUInt16BE(2),
      extrasLength: bytes.readUInt8(4),
      dataType: bytes.readUInt8(5),
      status: bytes.readUInt16BE(6),
      totalBodyLength: bytes.readUInt32BE(8),
      opaque: bytes.readUInt32BE(12),
      cas: bytes.subarray(16, headerLength),
    };
  },

  toBuffer(header: PacketHeader): Buffer {
    const bytes = Buffer.alloc(headerLength);
    bytes.writeUInt8(header.magic, 0);
    bytes.writeUInt8(header.opcode, 1);
    bytes.writeUInt16BE(header.keyLength, 2);
    bytes.writeUInt8(header.extrasLength, 4);
    bytes.writeUInt8(header.dataType ?? 0, 5);
    bytes.writeUInt16BE(header.status ?? 0, 6);
    bytes.writeUInt32BE(header.totalBodyLength, 8);
    bytes.writeUInt32BE(header.opaque ?? 0, 12);
    header.cas?.copy(bytes, 16);
    return bytes;
  },
};

/** The number whose remainder is the server of a key. */
function hashCode(text: string): number {
  let code = 0;
  for (let at = 0; at < text.length; at++) code = (31 * code + text.charCodeAt(at)) | 0;
  return Math.abs(code);
}

function makeExpiration(expiration: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(expiration, 0);
  return bytes;
}

/** What memjs exports as `Utils`. */
export const Utils = {
  hashCode,
  makeExpiration,

  makeRequestBuffer(
    opcode: number,
    key: string | Buffer,
    extras: string | Buffer,
    value: string | Buffer,
    opaque?: number,
  ): Buffer {
    const parts = [bufferify(extras), bufferify(key), bufferify(value)] as const;
    const header = Header.toBuffer({
      magic: 0x80,
      opcode,
      keyLength: parts[1].length,
      extrasLength: parts[0].length,
      totalBodyLength: parts[0].length + parts[1].length + parts[2].length,
      opaque,
    });
    return Buffer.concat([header, ...parts]);
  },

  makeAmountInitialAndExpiration(amount: number, amountIfEmpty: number, expiration: number): Buffer {
    const bytes = Buffer.alloc(20);
    bytes.writeBigUInt64BE(BigInt(amount), 0);
    bytes.writeBigUInt64BE(BigInt(amountIfEmpty), 8);
    bytes.writeUInt32BE(expiration, 16);
    return bytes;
  },

  parseMessage(bytes: Buffer): Packet | false {
    if (bytes.length < headerLength) return false;
    const header = Header.fromBuffer(bytes) as PacketHeader;
    const { totalBodyLength, keyLength, extrasLength } = header;
    const end = headerLength + totalBodyLength;
    if (bytes.length < end || totalBodyLength < keyLength + extrasLength) return false;
    const keyAt = headerLength + extrasLength;
    return {
      header,
      key: bytes.subarray(keyAt, keyAt + keyLength),
      extras: bytes.subarray(headerLength, keyAt),
      val: bytes.subarray(keyAt + keyLength, end),
    };
  },

  merge<T extends object, D extends object>(original: T, defaults: D): T & D {
    const merged = original as Record<string, unknown>;
    for (const [name, value] of Object.entries(defaults)) merged[name] ??= value;
    return original as T & D;
  },

  /** Milliseconds of a clock that never goes back. */
  timestamp: (): number => Math.round(performance.now()),
};
