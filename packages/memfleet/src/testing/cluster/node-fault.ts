/**
 * Faults of a node of a simulated cluster: a function that receives each request and decides how the node mistreats it.
 */
import type { Command } from '../../core/command.ts';
import { opcodeName } from '../../protocol/binary/opcodes.ts';

/** A request as a node received it. */
export interface NodeRequest {
  /** The name of the node, `host:port`. */
  readonly node: string;
  /** The opcode of the binary protocol. */
  readonly opcode: number;
  /** The name of the command, such as `get`, `set` or `selectBucket`. */
  readonly name: string;
  /** The key: a byte string; `''` where there is none. */
  readonly key: string;
  /** The id of the key's collection; 0 = the default collection. */
  readonly collection: number;
  /** The number of the vBucket in the request. */
  readonly vbucket: number;
  /** The bucket that the session has selected. */
  readonly bucket: string | undefined;
  /** The framing extras, such as the durability of a write. */
  readonly framing: Uint8Array | undefined;
}

/**
 * How a node mistreats a request:
 *
 * - `status`: it is refused with this binary status (0x86 temporary failure, 0x85 busy, …) and not executed.
 * - `refuse`: NOT_MY_VBUCKET, with or without the map.
 * - `silence`: it is not executed and never receives a reply.
 * - `delay`: it, and later requests on its connection, are executed after this many ms.
 * - `drop`: the connection is reset before it is executed; `lose`: after it was executed, before the reply.
 */
export type NodeFault =
  | { readonly kind: 'status'; readonly status: number; readonly body?: string | undefined }
  | { readonly kind: 'refuse'; readonly map: boolean }
  | { readonly kind: 'silence' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'drop' }
  | { readonly kind: 'lose' };

/** Decides about a request; undefined = no fault. */
export type FaultHook = (request: NodeRequest) => NodeFault | undefined;

/** A command as a hook sees it. `node`: its name. */
export function nodeRequest(node: string, command: Command, bucket: string | undefined): NodeRequest {
  const { key, vbucket } = command;
  const { framing, opcode } = command.packet!;
  const collection = command.collection?.id ?? 0;
  return { node, opcode, name: opcodeName(opcode), key, collection, vbucket, bucket, framing };
}
