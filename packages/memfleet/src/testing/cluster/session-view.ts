/** A session as the commands see it: what they read and change, and the replies that they can give. */
import type { Command } from '../../core/command.ts';
import type { Reply } from '../../core/reply.ts';
import type { ScramServer } from '../../protocol/binary/scram.ts';
import type { Bucket, BucketPart } from './bucket.ts';
import type { ClusterState } from './cluster-state.ts';
import type { NodeFault } from './node-fault.ts';
import type { NodeCounters } from './stats.ts';

/** The node that a session belongs to. */
export interface SessionNode {
  readonly id: number;
  readonly name: string;
  readonly state: ClusterState;
  readonly counters: NodeCounters;
  /** The fault that applies to this request, if any. */
  judge(command: Command, bucket: Bucket | undefined): NodeFault | undefined;
  onSessionClosed(session: SessionView): void;
}

/** A connection to the data port of a simulated node. */
export interface SessionView {
  readonly node: SessionNode;
  readonly state: ClusterState;
  readonly bucket: Bucket | undefined;
  /** The user that logged in. */
  user: string | undefined;
  /** The node's part of the selected bucket. */
  part: BucketPart | undefined;
  /** The features granted by HELLO. */
  features: ReadonlySet<number>;
  /** The login in progress. */
  scram: ScramServer | undefined;
  /** Sends a reply. */
  send(command: Command, reply: Reply): void;
  /** Replies with success, and optionally a value, extras and another status. */
  succeed(command: Command, value?: string, code?: number): void;
  /**
   * Refuses the request. Without extended errors some statuses cannot be sent: the connection is then closed
   * (kv_engine).
   */
  fail(command: Command, code: number, body?: string, type?: number): void;
  /** Replies NOT_MY_VBUCKET, with the map unless this connection has already sent it. */
  refuse(command: Command, withMap?: boolean): void;
  /** The newest document of the bucket; records it as sent. */
  takeMap(): string;
  /** Records that the client has the newest document of the bucket. */
  knowsMap(): void;
  /**
   * Makes the command wait until the returned function is called with its continuation; later requests wait as well.
   */
  hold(go: (resume: () => void) => void, act: () => void): void;
  /** Accepts no more requests; replies are written first. */
  end(): void;
}
