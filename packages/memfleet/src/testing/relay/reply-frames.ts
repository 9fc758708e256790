/**
 * The bytes of a node, cut into frames: a packet of the binary protocol, or a line with the value that it announces.
 * Bytes that no protocol knows are a frame as well: they are passed on.
 */

import { latin1Slice } from '../../base/bytes.ts';
import { headerLength, packetLength } from '../../protocol/binary/header.ts';

/** A piece of a reply. */
export interface Frame {
  readonly bytes: Buffer;
  /** The line without its end; `''` for packets. */
  readonly line: string;
}

const lineFeed = 10;
const lineEndLength = 2;
/** Longer lines than this are cut for `Frame.line`. */
const shownLine = 1024;
const announced = /^(?:VALUE \S+ \d+ (\d+)|VA (\d+))/;
const nothing: Buffer = Buffer.alloc(0);

/** Cuts the bytes of a node. */
export class ReplyFrames {
  readonly #isBinary: boolean;
  #pieces: Buffer[] = [];
  #length = 0;
  /** The number of bytes without which there is no frame. */
  #wanted = 1;

  constructor(isBinary: boolean) {
    this.#isBinary = isBinary;
  }

  /** The frames that these bytes complete. */
  *read(chunk: Buffer): Iterable<Frame> {
    this.#pieces.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#wanted) return;
    let bytes = this.takeRest();
    for (;;) {
      const frame = this.#isBinary ? this.#packet(bytes) : this.#line(bytes);
      if (frame === undefined) break;
      bytes = bytes.subarray(frame.bytes.length);
      this.#wanted = 1;
      yield frame;
    }
    if (bytes.length > 0) this.#pieces.push(bytes);
    this.#length = bytes.length;
  }

  /** The bytes that are no frame yet. */
  takeRest(): Buffer {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#length = 0;
    return pieces.length === 0 ? nothing : pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }

  #packet(bytes: Buffer): Frame | undefined {
    return this.#frame(bytes, bytes.length < headerLength ? headerLength : packetLength(bytes, 0), '');
  }

  #line(bytes: Buffer): Frame | undefined {
    const end = bytes.indexOf(lineFeed);
    if (end < 0) return this.#frame(bytes, bytes.length + 1, '');
    const line = latin1Slice(bytes, 0, Math.min(end, shownLine)).replace(/\r$/, '');
    const [, value, metaValue] = announced.exec(line) ?? [];
    const length = value ?? metaValue;
    return this.#frame(bytes, end + 1 + (length === undefined ? 0 : Number(length) + lineEndLength), line);
  }

  #frame(bytes: Buffer, length: number, line: string): Frame | undefined {
    this.#wanted = length;
    return bytes.length < length ? undefined : { bytes: bytes.subarray(0, length), line };
  }
}
