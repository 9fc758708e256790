/** The commands that nodes received. */
import { bufferOf, fromByteString } from '../../base/bytes.ts';
import { Fifo } from '../../base/fifo.ts';
import { type Command, verbOf } from '../../core/command.ts';
import { opcodeName } from '../../protocol/binary/opcode-names.ts';
import { defaultCollection } from '../cluster/manifest.ts';

/** A command that a node received. */
export interface SeenCommand {
  /** `get`, `gets`, `gat`, `set`, `add`, `cas`, `delete`, `incr`, `touch`, `flush_all`, `version`, `noop` and so on. */
  readonly name: string;
  /** The protocol of the request. */
  readonly protocol: 'text' | 'meta' | 'binary';
  /** Its key; `''` where it has none, or several. */
  readonly key: string;
  /** All its keys. */
  readonly keys: readonly string[];
  /** The id of the collection of its key; 0 = the default collection, or the node has none. */
  readonly collection: number;
  /** The value to store, as bytes; empty for commands without a value. */
  readonly value: Uint8Array;
  /** The client flags to store, an unsigned number of 32 bits. */
  readonly flags: number;
  /** The expiration time in seconds, as the client sent it; 0 = none. */
  readonly exptime: number;
  /** Whether the client wants no reply on success. */
  readonly isQuiet: boolean;
  /** The node that received it, `host:port`. */
  readonly node: string;
  /** The number of the connection at that node; the first one has 1. */
  readonly connection: number;
}

/** A decoded command as tests see it. */
export function seenCommand(command: Command, node: string, connection: number): SeenCommand {
  const { verb, packet, key, keys, value, flags, exptime, quiet, dialect } = command;
  const isPacket = packet !== undefined && (verb === 'packet' || verb === 'invalid');
  const shown = keys?.map(fromByteString) ?? (key === '' ? [] : [fromByteString(key)]);
  return {
    name: isPacket ? opcodeName(packet.opcode) : verbOf(command),
    protocol: dialect,
    key: keys === undefined ? (shown[0] ?? '') : '',
    keys: shown,
    collection: command.collection?.id ?? defaultCollection,
    value: bufferOf(value),
    flags,
    exptime,
    isQuiet: quiet,
    node,
    connection,
  };
}

/** Values of all commands that are kept, in bytes, above which the oldest are forgotten. */
const maxValueBytes = 16 * 1024 * 1024;

/** The last commands that a node, or all nodes of a fleet, received, oldest first. */
export class CommandLog implements Iterable<SeenCommand> {
  readonly #limit: number;
  readonly #commands = new Fifo<SeenCommand>();
  #bytes = 0;
  #total = 0;

  /** `limit`: the number of commands that are kept, as long as their values are not large. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The number of commands received since the start or the last `clear`, including those that are no longer kept. */
  get total(): number {
    return this.#total;
  }

  /** Those that are kept, oldest first. */
  get all(): readonly SeenCommand[] {
    return Array.from({ length: this.#commands.length }, (_, at) => this.#commands.at(at) as SeenCommand);
  }

  /** Those of these names: `log.of('get', 'gets')`. */
  of(...names: readonly string[]): readonly SeenCommand[] {
    return this.all.filter(({ name }) => names.includes(name));
  }

  /** Those that have this key. */
  ofKey(key: string): readonly SeenCommand[] {
    return this.all.filter(({ keys }) => keys.includes(key));
  }

  /** Forgets everything. */
  clear(): void {
    while (this.#commands.length > 0) this.#forgetOldest();
    this.#total = 0;
  }

  /** Those that are kept, oldest first. */
  [Symbol.iterator](): Iterator<SeenCommand> {
    return this.all[Symbol.iterator]();
  }

  /** Records a command. For the relay. */
  add(command: SeenCommand): void {
    this.#total++;
    this.#bytes += command.value.length;
    this.#commands.push(command);
    while (this.#commands.length > this.#limit || this.#bytes > maxValueBytes) this.#forgetOldest();
  }

  #forgetOldest(): void {
    this.#bytes -= this.#commands.shift()?.value.length ?? 0;
  }
}
