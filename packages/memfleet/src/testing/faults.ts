/**
 * What a node of a simulated cluster can be told to do wrong: a function that looks at each request and says what shall
 * become of it.
 */
import type { Command } from '../core/command.ts';
import { opcodeName } from '../protocol/binary/opcodes.ts';

/** A request as it came to a node. */
export interface NodeRequest {
  /** The name of the node, `host:port`. */
  readonly node: string;
  /** The opcode of the binary protocol. */
  readonly opcode: number;
  /** The name of the command, such as `get`, `set` or `selectBucket`. */
  readonly name: string;
  /** A byte string; `''` where there is none. */
  readonly key: string;
  /** The number of the vBucket in the request. */
  readonly vbucket: number;
  /** The bucket that the session has selected. */
  readonly bucket: string | undefined;
}

/**
 * What becomes of a request instead of being answered as it should:
 *
 * - `status`: it is refused with this binary status (0x86 temporary failure, 0x85 busy, …) and not executed.
 * - `refuse`: NOT_MY_VBUCKET, with or without the map.
 * - `silence`: it is not executed and never answered.
 * - `delay`: it, and what follows on its connection, is executed so many ms later.
 * - `drop`: the connection is reset before it is executed; `lose`: after it was executed, before it is answered.
 */
export type NodeFault =
  | { readonly kind: 'status'; readonly status: number; readonly body?: string | undefined }
  | { readonly kind: 'refuse'; readonly map: boolean }
  | { readonly kind: 'silence' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'drop' }
  | { readonly kind: 'lose' };

/** Judges a request; undefined = nothing is wrong with it. */
export type FaultHook = (request: NodeRequest) => NodeFault | undefined;

/** A command as a hook sees it. `node`: its name. */
export function nodeRequest(node: string, command: Command, bucket: string | undefined): NodeRequest {
  const { key, vbucket } = command;
  const opcode = command.packet!.opcode;
  return { node, opcode, name: opcodeName(opcode), key, vbucket, bucket };
}
