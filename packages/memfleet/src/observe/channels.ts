/**
 * Diagnostics channels (`node:diagnostics_channel`). Nothing is made and nothing is called while nobody has subscribed.
 */
import { type Channel, channel as nodeChannel } from 'node:diagnostics_channel';
import type { MemcacheError } from '../core/errors.ts';

/** A typed channel. Guard what is dear to make with `hasSubscribers`. */
export interface TypedChannel<Message> {
  readonly name: string;
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

class NamedChannel<Message> implements TypedChannel<Message> {
  readonly #channel: Channel;

  constructor(name: string) {
    this.#channel = nodeChannel(name);
  }

  get name(): string {
    return String(this.#channel.name);
  }

  get hasSubscribers(): boolean {
    return this.#channel.hasSubscribers;
  }

  publish(message: Message): void {
    if (this.#channel.hasSubscribers) this.#channel.publish(message);
  }
}

/** One call of the client, when it is settled. */
export interface CommandMessage {
  /** As memcached's text protocol names it: `get`, `set`, `cas`, `incr`, `flush_all` … */
  readonly verb: string;
  /** The key, with its prefix; of many keys how many. */
  readonly key: string | number;
  /** Which node answered or failed, when known. */
  readonly node: string | undefined;
  /** Milliseconds from the call to its end. */
  readonly duration: number;
  /** `ok`, `miss`, `notStored`, `exists`, `error`. */
  readonly outcome: string;
  readonly error: MemcacheError | undefined;
}

/** A connection is ready. */
export interface ConnectMessage {
  readonly node: string;
  /** Milliseconds from the dial to ready. */
  readonly duration: number;
  readonly protocol: string;
}

/** A connection ended, or could not be made. */
export interface DisconnectMessage {
  readonly node: string;
  /** Undefined when it was closed on purpose. */
  readonly error: MemcacheError | undefined;
}

/** A caller waits for room in a pool. */
export interface WaitMessage {
  readonly node: string;
  /** How many wait now. */
  readonly waiting: number;
}

/** A node was ejected or readmitted. */
export interface HealthMessage {
  readonly node: string;
  /** How long it will stay (ejected) or stayed (readmitted) out, in ms. */
  readonly duration: number;
  readonly error: MemcacheError | undefined;
}

/** The set of nodes changed. */
export interface TopologyMessage {
  readonly revision: number;
  readonly nodes: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** vBuckets of a Couchbase bucket whose active copy is on another node now. */
  readonly movedVbuckets: number;
}

/** The channels, by what they tell. */
export interface Channels {
  readonly command: TypedChannel<CommandMessage>;
  readonly connect: TypedChannel<ConnectMessage>;
  readonly connectFailed: TypedChannel<DisconnectMessage>;
  readonly disconnect: TypedChannel<DisconnectMessage>;
  readonly wait: TypedChannel<WaitMessage>;
  readonly eject: TypedChannel<HealthMessage>;
  readonly readmit: TypedChannel<HealthMessage>;
  readonly topology: TypedChannel<TopologyMessage>;
}

/** `memfleet:command`, `memfleet:connect`, `memfleet:connect-failed`, `memfleet:disconnect`, `memfleet:pool-wait`, `memfleet:eject`, `memfleet:readmit`, `memfleet:topology`. */
export const channels: Channels = {
  command: new NamedChannel<CommandMessage>('memfleet:command'),
  connect: new NamedChannel<ConnectMessage>('memfleet:connect'),
  connectFailed: new NamedChannel<DisconnectMessage>('memfleet:connect-failed'),
  disconnect: new NamedChannel<DisconnectMessage>('memfleet:disconnect'),
  wait: new NamedChannel<WaitMessage>('memfleet:pool-wait'),
  eject: new NamedChannel<HealthMessage>('memfleet:eject'),
  readmit: new NamedChannel<HealthMessage>('memfleet:readmit'),
  topology: new NamedChannel<TopologyMessage>('memfleet:topology'),
};
