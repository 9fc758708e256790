/** Binary packets as a client of the wire writes and reads them by hand. */

/** What a request holds beside its opcode. */
export interface PacketFields {
  readonly key?: string;
  readonly value?: string;
  readonly extras?: string;
  readonly opaque?: number;
  readonly cas?: bigint;
}

/** A request as a byte string. */
export function packet(
  opcode: number,
  { key = '', value = '', extras = '', opaque = 0, cas = 0n }: PacketFields = {},
): string {
  const header = Buffer.alloc(24);
  header[0] = 0x80;
  header[1] = opcode;
  header.writeUInt16BE(key.length, 2);
  header[4] = extras.length;
  header.writeUInt32BE(extras.length + key.length + value.length, 8);
  header.writeUInt32BE(opaque, 12);
  header.writeBigUInt64BE(cas, 16);
  return header.toString('latin1') + extras + key + value;
}

/** Whole numbers of 32 bits, big-endian. */
export function words(...numbers: readonly number[]): string {
  const buffer = Buffer.alloc(numbers.length * 4);
  for (const [at, number] of numbers.entries()) buffer.writeUInt32BE(number, at * 4);
  return buffer.toString('latin1');
}

/** Flags and exptime of a store. */
export const storeExtras = (flags = 0, exptime = 0): string => words(flags, exptime);

/** Delta, initial value and exptime of a counter, big-endian. */
export function counterExtras(delta: bigint, initial: bigint, exptime: number): string {
  const extras = Buffer.alloc(20);
  extras.writeBigUInt64BE(delta, 0);
  extras.writeBigUInt64BE(initial, 8);
  extras.writeUInt32BE(exptime, 16);
  return extras.toString('latin1');
}

/** An answer, taken apart. */
export interface Answer {
  readonly opcode: number;
  readonly status: number;
  readonly opaque: number;
  readonly key: string;
  readonly value: string;
  readonly hasCas: boolean;
}

/** All answers in a byte string; it must end between packets. */
export function answers(bytes: string): Answer[] {
  const buffer = Buffer.from(bytes, 'latin1');
  const found: Answer[] = [];
  for (let at = 0; at < buffer.length;) {
    const keyAt = at + 24 + (buffer[at + 4] as number);
    const valueAt = keyAt + buffer.readUInt16BE(at + 2);
    const end = at + 24 + buffer.readUInt32BE(at + 8);
    if (buffer[at] !== 0x81 || end > buffer.length) throw new Error(`no whole answer at ${at} of ${buffer.length}`);
    found.push({
      opcode: buffer[at + 1] as number,
      status: buffer.readUInt16BE(at + 6),
      opaque: buffer.readUInt32BE(at + 12),
      key: buffer.toString('latin1', keyAt, valueAt),
      value: buffer.toString('latin1', valueAt, end),
      hasCas: buffer.readBigUInt64BE(at + 16) !== 0n,
    });
    at = end;
  }
  return found;
}

/** The bytes of a NOOP's answer, which end what is waited for. */
export function noopAnswer(opaque: number): string {
  const header = Buffer.alloc(24);
  header[0] = 0x81;
  header[1] = 0x0a;
  header.writeUInt32BE(opaque, 12);
  return header.toString('latin1');
}
