/**
 * Keys of connections that were granted collections: the id of the collection stands before the key. It is taken off
 * once, where a request is read; commands about items then have `collection` and `key`.
 */
import type { Command } from '../../core/command.ts';
import { status } from '../../core/status.ts';
import { hasItemKey } from '../../protocol/binary/item-opcodes.ts';
import { leb128Text, readLeb128 } from '../../protocol/binary/leb128.ts';
import { maxKeyLength, maxScopedKeyLength } from '../../protocol/key.ts';
import { defaultCollection } from './manifest.ts';

/** Ids that no collection has. */
const reserved = { first: 1, last: 7 };

/** Whether the request has the key of an item. */
function isOfItem({ fault, key, packet, verb }: Command): boolean {
  if (key === '' || fault !== undefined) return false;
  return verb !== 'packet' || (packet !== undefined && hasItemKey(packet.opcode));
}

/**
 * Takes the id of the collection off the key, if that is the key of an item. A key that cannot be read becomes a fault
 * of the command.
 */
export function splitCollection(command: Command): void {
  if (!isOfItem(command)) return;
  const found = splitKey(command.key);
  if (found === undefined) {
    const message = 'the key has no valid collection before it';
    command.fault = { kind: 'client', message, status: status.invalidArguments, close: false };
    return;
  }
  const { id, key } = found;
  command.key = key;
  if (id !== defaultCollection) command.collection = { id, isKnown: true, path: `0x${id.toString(16)}` };
}

/** The collection and the key in the bytes of a key. Undefined: they cannot be read. */
export function splitKey(text: string): { readonly id: number; readonly key: string } | undefined {
  const found = readLeb128(text);
  if (found === undefined || found.end === text.length) return undefined;
  const { id, end } = found;
  if (id >= reserved.first && id <= reserved.last) return undefined;
  return { id, key: text.slice(end) };
}

/** The key as a connection with collections carries it. */
export function joinKey({ collection, key }: Command): string {
  return leb128Text(collection?.id ?? defaultCollection) + key;
}

/** The maximum length of the command's key in bytes. */
export function maxKeyOf({ collection }: Command): number {
  return collection === undefined ? maxKeyLength : maxScopedKeyLength;
}
