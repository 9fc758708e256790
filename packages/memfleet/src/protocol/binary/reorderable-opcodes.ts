/** The opcodes of requests that a node may execute out of order. */
import { couchbaseOpcode } from './couchbase-opcodes.ts';
import { subDocumentOpcodes } from './item-opcodes.ts';
import { opcode } from './opcodes.ts';

/** What a node may execute before earlier requests are complete (kv_engine `protocol/mcbp/opcode.cc`). */
const reorderable: ReadonlySet<number> = new Set([
  opcode.get,
  opcode.getK,
  opcode.gat,
  opcode.touch,
  opcode.set,
  opcode.add,
  opcode.replace,
  opcode.append,
  opcode.prepend,
  opcode.delete,
  opcode.increment,
  opcode.decrement,
  couchbaseOpcode.getReplica,
  couchbaseOpcode.getLocked,
  couchbaseOpcode.unlockKey,
  ...subDocumentOpcodes,
]);

const reorderableByOpcode: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => (reorderable.has(code) ? 1 : 0));

/**
 * Whether a node to which HELLO granted unordered execution may execute it before earlier requests of the connection
 * are complete. Every other opcode is a barrier.
 */
export function mayReorder(code: number): boolean {
  return reorderableByOpcode[code] === 1;
}
