/**
 * Faults of a node of a simulated cluster: a function that receives each request and decides how the node mistreats it.
 */
import type { Command } from '../../core/command.ts';
import { InvalidArgumentError } from '../../core/errors.ts';
import { show } from '../../core/option-checks.ts';
import { flag, type Kind, milliseconds, whole } from '../../core/option-kinds.ts';
import { opcodeName } from '../../protocol/binary/opcode-names.ts';
import { defaultCollection } from './manifest.ts';

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

/** Decides about a request; undefined = no fault. What it throws, nothing catches; nor the error of a wrong fault. */
export type FaultHook = (request: NodeRequest) => NodeFault | undefined;

/** The members that a fault of each kind needs. */
const members: Readonly<Record<NodeFault['kind'], Readonly<Record<string, Kind>>>> = {
  status: { status: whole(0, 0xffff) },
  refuse: { map: flag },
  silence: {},
  delay: { ms: milliseconds(0) },
  drop: {},
  lose: {},
};

/** Returns the fault. Throws InvalidArgumentError if its kind is unknown, or a member is missing or wrong. */
export function checkedFault(fault: NodeFault): NodeFault {
  const { kind } = fault;
  if (!Object.hasOwn(members, kind))
    throw new InvalidArgumentError(
      `a fault hook returned the kind ${show(kind)}; it must be one of: ${Object.keys(members).join(', ')}`,
    );
  for (const [name, needed] of Object.entries(members[kind])) {
    const value: unknown = (fault as Readonly<Record<string, unknown>>)[name];
    if (!needed.fits(value))
      throw new InvalidArgumentError(
        `a fault hook returned "${kind}" with ${name} ${show(value)}; it must be ${needed.wanted}`,
      );
  }
  return fault;
}

/** A command as a hook sees it. `node`: its name. */
export function nodeRequest(node: string, command: Command, bucket: string | undefined): NodeRequest {
  const { key, vbucket } = command;
  const { framing, opcode } = command.packet!;
  const collection = command.collection?.id ?? defaultCollection;
  return { node, opcode, name: opcodeName(opcode), key, collection, vbucket, bucket, framing };
}
