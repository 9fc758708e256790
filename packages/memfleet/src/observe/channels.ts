/**
 * Diagnostics channels (`node:diagnostics_channel`). Without subscribers, no message is made and no function is called.
 */
import { type Channel, channel as nodeChannel, type TracingChannel } from 'node:diagnostics_channel';
import type { MemcacheError } from '../core/errors.ts';
import { commandChannel, type CommandMessage } from './command-trace.ts';

export type { CommandMessage, ResponseStatus } from './command-trace.ts';

/** A typed channel. Check `hasSubscribers` before making an expensive message. */
export interface TypedChannel<Message> {
  /** The name of the channel. */
  readonly name: string;
  /** True while the channel has subscribers. */
  readonly hasSubscribers: boolean;
  /** Publishes a message if the channel has subscribers. */
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

/** A connection is ready. */
export interface ConnectMessage {
  /** The name of the node. */
  readonly node: string;
  /** Milliseconds from the dial until the connection was ready. */
  readonly duration: number;
  /** The protocol spoken on the connection. */
  readonly protocol: string;
}

/** A connection ended, or could not be made. */
export interface DisconnectMessage {
  /** The name of the node. */
  readonly node: string;
  /** The cause; undefined when the connection was closed on purpose. */
  readonly error: MemcacheError | undefined;
}

/** A caller has waited for room in a pool. */
export interface WaitMessage {
  /** The name of the node. */
  readonly node: string;
  /** The number of callers that still wait. */
  readonly waiting: number;
  /** Milliseconds that the caller has waited. */
  readonly duration: number;
  /** Why the wait failed; undefined if the caller got a connection. */
  readonly error: MemcacheError | undefined;
}

/** A node was ejected or readmitted. */
export interface HealthMessage {
  /** The name of the node. */
  readonly node: string;
  /** Milliseconds that the node will be ejected (eject), or was ejected (readmit). */
  readonly duration: number;
  /** The failure that ejected the node. */
  readonly error: MemcacheError | undefined;
}

/** The set of nodes changed. */
export interface TopologyMessage {
  /** The number of the node list, incremented with every change. */
  readonly revision: number;
  /** The names of all nodes. */
  readonly nodes: readonly string[];
  /** The names of new nodes. */
  readonly added: readonly string[];
  /** The names of removed nodes. */
  readonly removed: readonly string[];
  /** The number of vBuckets of a Couchbase bucket whose active copy is on another node now. */
  readonly movedVbuckets: number;
}

/** The diagnostics channels, by event. */
export interface Channels {
  /**
   * `memfleet:command`: a call of the client. A TracingChannel: `tracingChannel('memfleet:command').subscribe({ start,
   * asyncEnd, error })`. `start` and `asyncEnd` come in the asynchronous context of the caller.
   */
  readonly command: TracingChannel<CommandMessage, CommandMessage>;
  /** `memfleet:connect`: a connection became ready. */
  readonly connect: TypedChannel<ConnectMessage>;
  /** `memfleet:connect-failed`: a dial failed. */
  readonly connectFailed: TypedChannel<DisconnectMessage>;
  /** `memfleet:disconnect`: a connection ended. */
  readonly disconnect: TypedChannel<DisconnectMessage>;
  /** `memfleet:pool-wait`: a caller has waited for room in a pool. */
  readonly wait: TypedChannel<WaitMessage>;
  /** `memfleet:eject`: a node was ejected. */
  readonly eject: TypedChannel<HealthMessage>;
  /** `memfleet:readmit`: a node was readmitted. */
  readonly readmit: TypedChannel<HealthMessage>;
  /** `memfleet:topology`: the node list changed. */
  readonly topology: TypedChannel<TopologyMessage>;
}

/** The diagnostics channels of memfleet, by event. Subscribe with `node:diagnostics_channel` by their names. */
export const channels: Channels = {
  command: commandChannel,
  connect: new NamedChannel<ConnectMessage>('memfleet:connect'),
  connectFailed: new NamedChannel<DisconnectMessage>('memfleet:connect-failed'),
  disconnect: new NamedChannel<DisconnectMessage>('memfleet:disconnect'),
  wait: new NamedChannel<WaitMessage>('memfleet:pool-wait'),
  eject: new NamedChannel<HealthMessage>('memfleet:eject'),
  readmit: new NamedChannel<HealthMessage>('memfleet:readmit'),
  topology: new NamedChannel<TopologyMessage>('memfleet:topology'),
};
