/**
 * A fleet as the key commands use it: a client whose values are seen as they are stored, and what only a layer of the
 * client can see.
 *
 *   client.call ─▶ observer ─▶ nodes        replies ─▶ observer ─▶ the call
 *
 * The observer is a policy. It notes the nodes that fail a command for all nodes, where the call would drop what the
 * others answered, and it can put another command in place of the one of a call.
 */
import {
  type Client,
  type ClientOptions,
  createClient,
  type MemcacheError,
  type Transcoder,
  transcoders,
} from 'memfleet';
import { type Command, type Dispatcher, type Handler, Reply, wrap } from 'memfleet/core';
import { clientOptionsOf, type FleetArguments } from './fleet-options.ts';

/** A value as it is stored. */
export interface Stored {
  readonly bytes: Uint8Array;
  readonly flags: number;
  /** As the transcoder reads it; undefined where only the bytes are wanted. */
  readonly value?: unknown;
}

/** Dispatches a command in another way than the client would. */
export type Detour = (command: Command, handler: Handler, next: Dispatcher) => void;

/** A fleet, while a command runs. */
export class Fleet {
  readonly client: Client;
  /** The nodes that failed a command for all nodes. */
  readonly failures: Map<string, MemcacheError> = new Map();
  #detour: Detour | undefined;

  constructor(options: ClientOptions<never>, isRaw: boolean) {
    const observe = (next: Dispatcher): Dispatcher =>
      wrap(next, (command, handler) => {
        const watched = command.key === '' && command.keys === undefined ? this.#watch(handler) : handler;
        if (this.#detour === undefined) next.dispatch(command, watched);
        else this.#detour(command, watched, next);
      });
    const inner = options.couchbase === undefined ? transcoders.auto : transcoders.couchbase;
    this.client = createClient({
      ...options,
      transcoder: asStored(transcoders.compressed(inner), isRaw),
      policies: [observe],
    });
  }

  /** Makes a call; its command takes the detour. */
  async by<T>(detour: Detour, call: (client: Client) => Promise<T>): Promise<T> {
    this.#detour = detour;
    try {
      return await call(this.client);
    } finally {
      this.#detour = undefined;
    }
  }

  /** Makes one call, which dispatches before it returns; the commands of other calls in progress are left alone. */
  one<T>(detour: Detour, call: (client: Client) => Promise<T>): Promise<T> {
    const before = this.#detour;
    this.#detour = detour;
    try {
      return call(this.client);
    } finally {
      this.#detour = before;
    }
  }

  /** What the nodes answered, in the order of the list. */
  inOrder<T>(answers: ReadonlyMap<string, T>): readonly (readonly [node: string, answer: T])[] {
    const places = new Map(this.client.stats().nodes.map(({ node }, index) => [node, index]));
    return [...answers].sort(([a], [b]) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
  }

  #watch(handler: Handler): Handler {
    return {
      onReply: (reply) => handler.onReply(reply),
      onError: (error) => {
        if (error.node === undefined) handler.onError(error);
        else {
          // The only node: as where one of several fails.
          this.failures.set(error.node, error);
          handler.onReply(new Reply().reset('ok', 'end'));
        }
      },
      onPartFailed: (error) => this.failures.set(error.node ?? '', error),
    };
  }
}

function asStored(inner: Transcoder<unknown>, isRaw: boolean): Transcoder<unknown> {
  return {
    encode: (value) => (isStored(value) ? { data: value.bytes, flags: value.flags } : inner.encode(value)),
    decode: (stored): Stored => {
      const { flags } = stored;
      return isRaw ? { bytes: stored.bytes(), flags } : { bytes: stored.bytes(), flags, value: inner.decode(stored) };
    },
  };
}

function isStored(value: unknown): value is Stored {
  return typeof value === 'object' && value !== null && 'bytes' in value && 'flags' in value;
}

/** Runs a command's work on its fleet, and closes the connections behind it. */
export async function withFleet(
  given: FleetArguments,
  work: (fleet: Fleet) => Promise<void>,
  isRaw: boolean = false,
): Promise<void> {
  const fleet = new Fleet(clientOptionsOf(given), isRaw);
  try {
    await work(fleet);
  } finally {
    await fleet.client.close();
  }
}
