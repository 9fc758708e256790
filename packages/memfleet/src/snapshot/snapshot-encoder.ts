/** Items → the bytes of a file, in blocks of about 64 KB. */
import { ownVersion } from '../base/version.ts';
import { InvalidArgumentError } from '../core/errors.ts';
import {
  base64Mark,
  blockHeadLength,
  blockTypes,
  checksumOf,
  formatVersion,
  itemHeadLength,
  magic,
  maxKeyBytes,
  maxValueLength,
  preambleLength,
  type SnapshotHeader,
  type SnapshotItem,
} from './format.ts';

/** A block is closed before an item that would make it longer. */
const usualBlock = 64 * 1024;

/** Encodes one snapshot. Write what `begin`, `add` and `end` return, in that order. */
export class SnapshotEncoder {
  #block = Buffer.allocUnsafe(usualBlock);
  #used = blockHeadLength;
  #items = 0;

  /** Number of items so far. */
  get items(): number {
    return this.#items;
  }

  /** The first bytes of the file. `created`: the current time, in Unix seconds. */
  begin(created: number): Uint8Array {
    const preamble = Buffer.alloc(preambleLength);
    preamble.set(magic);
    preamble.writeUInt16BE(formatVersion, magic.length);
    const header: SnapshotHeader = { created, creator: `memfleet ${ownVersion}` };
    return Buffer.concat([preamble, blockOf(blockTypes.header, Buffer.from(JSON.stringify(header)))]);
  }

  /**
   * Adds an item; returns bytes to write when a block is full, and undefined before. Throws InvalidArgumentError for an
   * empty key, a key of more than 250 bytes, and a value of more than 1 GB.
   */
  add(item: SnapshotItem): Uint8Array | undefined {
    const { key, value } = item;
    if (key.length === 0 || key.length > maxKeyBytes)
      throw new InvalidArgumentError(`a key in a snapshot has 1 to ${maxKeyBytes} bytes, not ${key.length}`);
    if (value.length > maxValueLength)
      throw new InvalidArgumentError(`a value in a snapshot has at most 1 GB, not ${value.length} bytes`);
    const length = itemHeadLength + key.length + value.length;
    const full = this.#used + length > usualBlock ? this.#take() : undefined;
    this.#items++;
    if (blockHeadLength + length <= usualBlock) {
      putItem(this.#block, this.#used, item);
      this.#used += length;
      return full;
    }
    const large = Buffer.allocUnsafe(length);
    putItem(large, 0, item);
    const block = blockOf(blockTypes.items, large);
    return full === undefined ? block : Buffer.concat([full, block]);
  }

  /** The last bytes of the file. */
  end(): Uint8Array {
    const count = Buffer.alloc(8);
    count.writeBigUInt64BE(BigInt(this.#items));
    const end = blockOf(blockTypes.end, count);
    const last = this.#take();
    return last === undefined ? end : Buffer.concat([last, end]);
  }

  #take(): Uint8Array | undefined {
    if (this.#used === blockHeadLength) return undefined;
    const block = this.#block.subarray(0, this.#used);
    putHead(block, blockTypes.items);
    this.#block = Buffer.allocUnsafe(usualBlock);
    this.#used = blockHeadLength;
    return block;
  }
}

function putHead(block: Buffer, type: number): void {
  block[0] = type;
  block.writeUInt32BE(block.length - blockHeadLength, 1);
  block.writeUInt32BE(checksumOf(block, block.subarray(blockHeadLength)), 5);
}

function blockOf(type: number, content: Uint8Array): Buffer {
  const block = Buffer.allocUnsafe(blockHeadLength + content.length);
  block.set(content, blockHeadLength);
  putHead(block, type);
  return block;
}

function putItem(block: Buffer, at: number, { key, value, flags, exptime, cas, isBase64 }: SnapshotItem): void {
  block[at] = key.length;
  block[at + 1] = isBase64 ? base64Mark : 0;
  block.writeUInt32BE(flags, at + 2);
  block.writeUInt32BE(Math.floor(exptime / 2 ** 32), at + 6);
  block.writeUInt32BE(exptime % 2 ** 32, at + 10);
  block.writeBigUInt64BE(cas, at + 14);
  block.writeUInt32BE(value.length, at + 22);
  block.set(key, at + itemHeadLength);
  block.set(value, at + itemHeadLength + key.length);
}
