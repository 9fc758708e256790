/** The probe of the binary protocol: bytes in, verdict out (protocol-probe.ts). */
import { headerLength, magic } from '../protocol/binary/header.ts';
import { opcode } from '../protocol/binary/opcodes.ts';

/** A VERSION. */
export function probePacket(): Uint8Array {
  const packet = Buffer.alloc(headerLength);
  packet[0] = magic.request;
  packet[1] = opcode.version;
  return packet;
}

/** Whether what was received is one reply, its beginning (`part`), or anything else. */
export function probeReply(received: Buffer): 'whole' | 'part' | 'other' {
  if (received.length > 0 && received[0] !== magic.response) return 'other';
  if (received.length < headerLength) return 'part';
  const length = headerLength + received.readUInt32BE(8);
  if (received.length < length) return 'part';
  return received.length === length ? 'whole' : 'other';
}
