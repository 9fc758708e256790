/** The bytes of a file, in any pieces → its items. Only blocks that are whole and right give items. */
import {
  base64Mark,
  blockHeadLength,
  blockTypes,
  checksumOf,
  formatVersion,
  itemHeadLength,
  magic,
  maxBlockLength,
  maxKeyBytes,
  preambleLength,
  type SnapshotHeader,
  type SnapshotItem,
} from './format.ts';
import { SnapshotError, type SnapshotFault } from './snapshot-error.ts';

const nothing = Buffer.alloc(0);

/** Decodes one snapshot. */
export class SnapshotDecoder {
  #header: SnapshotHeader | undefined;
  #items = 0;
  /** Bytes of the file that have been decoded. */
  #offset = 0;
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** Bytes without which nothing can be decoded. */
  #wanted = preambleLength;
  #isBegun = false;
  #isEnded = false;
  /** Thrown after the items before it were returned. */
  #failure: Error | undefined;

  /** What the snapshot says about itself; undefined until its first block is read. */
  get header(): SnapshotHeader | undefined {
    return this.#header;
  }

  /** Number of items so far. */
  get items(): number {
    return this.#items;
  }

  /**
   * Returns the items of the blocks that these bytes complete; they share memory with the bytes. Throws SnapshotError.
   */
  push(chunk: Uint8Array): SnapshotItem[] {
    if (this.#failure !== undefined) throw this.#failure;
    const items: SnapshotItem[] = [];
    try {
      this.#decode(chunk, items);
    } catch (error) {
      this.#failure = error as Error;
      if (items.length === 0) throw error;
    }
    return items;
  }

  #decode(chunk: Uint8Array, items: SnapshotItem[]): void {
    this.#pieces.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#wanted) return;
    const bytes = this.#pieces.length === 1 ? bufferOf(chunk) : Buffer.concat(this.#pieces);
    let at = 0;
    while (bytes.length - at >= this.#wanted) at += this.#step(bytes.subarray(at), items);
    const rest = bytes.subarray(at);
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
  }

  /** Call it at the end of the file. Throws SnapshotError when the end block is missing. */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isEnded) return;
    if (!this.#isBegun && this.#length > 0 && !startsLikeOne(Buffer.concat(this.#pieces))) this.#foreign();
    this.#fail('the snapshot is truncated', 'truncated');
  }

  /** Decodes what `wanted` says, or learns that it is more. Returns the bytes that are done with. */
  #step(bytes: Buffer, items: SnapshotItem[]): number {
    if (this.#isEnded) return this.#fail('the snapshot has bytes after its end', 'damaged');
    if (!this.#isBegun) return this.#begin(bytes);
    const length = bytes.readUInt32BE(1);
    if (length > maxBlockLength) return this.#damaged();
    this.#wanted = blockHeadLength + length;
    if (bytes.length < this.#wanted) return 0;
    const content = bytes.subarray(blockHeadLength, this.#wanted);
    if (checksumOf(bytes, content) !== bytes.readUInt32BE(5)) return this.#damaged();
    this.#take(bytes[0] as number, content, items);
    const used = this.#wanted;
    this.#offset += used;
    this.#wanted = this.#isEnded ? 1 : blockHeadLength;
    return used;
  }

  #begin(bytes: Buffer): number {
    if (!startsLikeOne(bytes)) return this.#foreign();
    const version = bytes.readUInt16BE(magic.length);
    if (version !== formatVersion)
      return this.#fail(
        `the snapshot has format version ${version}; this release reads version ${formatVersion}`,
        'version',
      );
    this.#isBegun = true;
    this.#offset = preambleLength;
    this.#wanted = blockHeadLength;
    return preambleLength;
  }

  #take(type: number, content: Buffer, items: SnapshotItem[]): void {
    if (this.#header === undefined) {
      if (type !== blockTypes.header) this.#damaged();
      this.#header = this.#readHeader(content);
    } else if (type === blockTypes.items) this.#readItems(content, items);
    else if (type === blockTypes.end && content.length === 8 && content.readBigUInt64BE() === BigInt(this.#items))
      this.#isEnded = true;
    else this.#damaged();
  }

  #readHeader(content: Buffer): SnapshotHeader {
    try {
      const { created, creator } = JSON.parse(content.toString()) as SnapshotHeader;
      if (typeof created === 'number' && typeof creator === 'string') return { created, creator };
    } catch {
      // No JSON.
    }
    return this.#damaged();
  }

  #readItems(content: Buffer, items: SnapshotItem[]): void {
    for (let at = 0; at < content.length;) {
      if (content.length - at < itemHeadLength) this.#damaged();
      const keyLength = content[at] as number;
      const marks = content[at + 1] as number;
      const keyAt = at + itemHeadLength;
      const valueAt = keyAt + keyLength;
      const next = valueAt + content.readUInt32BE(at + 22);
      if (keyLength === 0 || keyLength > maxKeyBytes || marks > base64Mark || next > content.length) this.#damaged();
      items.push({
        key: content.subarray(keyAt, valueAt),
        value: content.subarray(valueAt, next),
        flags: content.readUInt32BE(at + 2),
        exptime: content.readUInt32BE(at + 6) * 2 ** 32 + content.readUInt32BE(at + 10),
        cas: content.readBigUInt64BE(at + 14),
        isBase64: marks === base64Mark,
      });
      this.#items++;
      at = next;
    }
  }

  #foreign(): never {
    return this.#fail('this is not a memfleet snapshot', 'foreign');
  }

  #damaged(): never {
    return this.#fail('the snapshot is damaged', 'damaged');
  }

  #fail(what: string, fault: SnapshotFault): never {
    const place = fault === 'truncated' || fault === 'damaged' ? ` after byte ${this.#offset}` : '';
    const before = place === '' ? '' : `; intact items before it: ${this.#items}`;
    throw new SnapshotError(`${what}${place}${before}`, fault, this.#offset, this.#items);
  }
}

function startsLikeOne(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, magic.length);
  return bytes.subarray(0, length).equals(magic.subarray(0, length));
}

function bufferOf(bytes: Uint8Array): Buffer {
  return bytes.length === 0 ? nothing : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
