/** The bytes of a client, cut into requests: each with the command that it is, and its bytes unchanged. */
import { type Command, derive } from '../../core/command.ts';
import { binaryCodec } from '../../protocol/binary/codec.ts';
import { magic } from '../../protocol/binary/header.ts';
import type { Codec, CommandDecoder, CommandSink, Limits } from '../../protocol/codec.ts';
import { metaCodec } from '../../protocol/meta/codec.ts';
import { splitCollection } from '../cluster/collection-keys.ts';

/** The node judges how long keys and values may be. */
const limits: Partial<Limits> = { maxKey: 64 * 1024, maxValue: 1024 * 1024 * 1024 };

const tlsHandshake = 0x16;

/** One request. */
export interface Request {
  readonly command: Command;
  readonly bytes: readonly Uint8Array[];
}

/** Cuts bytes into requests. TLS, and what no decoder knows, is not cut. */
export class RequestReader implements CommandSink {
  /** Undefined before the first byte, and where the bytes are not cut. */
  codec: Codec | undefined;
  /** Whether the node granted collections: their ids stand before the keys of items. */
  hasCollections = false;
  #decoder: CommandDecoder | undefined;
  #isOpaque = false;
  #isUnsure = false;
  #held: Uint8Array[] = [];
  /** The keys of a get line that is longer than other lines, so far. */
  #keys: readonly string[] = [];
  #command: Command | undefined;

  /** Whether the bytes are not cut: they are passed on as they are. */
  get isOpaque(): boolean {
    return this.#isOpaque;
  }

  /**
   * Whether the last request was refused, so that the node may take its end otherwise: what follows is not held back.
   */
  get isUnsure(): boolean {
    return this.#isUnsure;
  }

  onCommand(command: Command): boolean {
    this.#command = command;
    // One at a time: `push` then tells where it ends.
    return false;
  }

  /** The requests that these bytes complete. */
  *read(chunk: Uint8Array): Iterable<Request> {
    if (this.#isOpaque) this.#held.push(chunk);
    let rest = chunk;
    while (rest.length > 0 && !this.#isOpaque) {
      let taken = 0;
      try {
        this.#decoder ??= this.#begin(rest[0] as number);
        taken = this.#decoder?.push(rest) ?? 0;
      } catch {
        this.#isOpaque = true;
      }
      this.#held.push(taken === rest.length || this.#isOpaque ? rest : rest.subarray(0, taken));
      rest = rest.subarray(taken);
      const command = this.#whole(this.#command);
      this.#command = undefined;
      if (command === undefined) continue;
      if (this.hasCollections) splitCollection(command);
      this.#isUnsure = command.verb === 'invalid' || command.verb === 'quit';
      yield { command, bytes: this.takeRest() };
    }
  }

  /** A long get line comes in pieces, each a command: it is one request, when its last piece is there. */
  #whole(command: Command | undefined): Command | undefined {
    if (command?.line === undefined) return command;
    const keys = [...this.#keys, ...(command.keys ?? [])];
    const isLast = command.line.last === command;
    this.#keys = isLast ? [] : keys;
    return isLast ? derive(command, { keys, line: undefined }) : undefined;
  }

  /** The bytes that are no request yet, or never become one. */
  takeRest(): readonly Uint8Array[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  #begin(first: number): CommandDecoder | undefined {
    if (first === tlsHandshake) {
      this.#isOpaque = true;
      return undefined;
    }
    this.codec = first === magic.request || first === magic.flexibleRequest ? binaryCodec : metaCodec;
    return this.codec.commandDecoder(this, limits);
  }
}
