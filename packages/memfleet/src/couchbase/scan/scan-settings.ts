/** What a scan of a bucket is about, and the fleet that it runs on. */
import type { Clock } from '../../base/clock.ts';
import type { CollectionRef } from '../../core/collection.ts';
import type { Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import type { MemcacheError } from '../../core/errors.ts';
import type { Reply } from '../../core/reply.ts';
import type { KeyRange } from '../../protocol/binary/range-scan.ts';

/** What is scanned, and in which pieces. */
export interface ScanSettings {
  readonly range: KeyRange;
  /** The collection; undefined = the default one. */
  readonly collection: CollectionRef | undefined;
  /** Whether values are left out. */
  readonly keysOnly: boolean;
  /** The maximum number of items of a batch. */
  readonly batchItems: number;
  /** The size of a batch in bytes after which it takes no more items. */
  readonly batchBytes: number;
  /** The maximum number of vBuckets in progress. */
  readonly concurrency: number;
  /** The time for each batch, in ms. */
  readonly timeout: number;
}

/** The fleet as a scan sees it. */
export interface ScanPlace {
  readonly clock: Clock;
  /** Random numbers from 0 to below 1. */
  readonly random: () => number;
  /** False: the client is closed. */
  readonly isOpen: boolean;
  /** The number of vBuckets; 0 before the first map. */
  readonly vbuckets: number;
  /** The name of the node of a vBucket's active copy; undefined = no node has it. */
  nodeOf(vbucket: number): string | undefined;
  /** Dispatches to a node by its name. False: there is no such node, and the handler is not called. */
  dispatchTo(node: string, command: Command, handler: Handler): boolean;
  /** Replies to a command with an empty list of keys as soon as the id of its collection is known; sends nothing. */
  findCollection(command: Command, handler: Handler): void;
  /** A node does not have the vBucket. `again`: another node is known; `later`: nothing new is known. */
  refused(command: Command, reply: Reply): 'again' | 'later';
  /** A node does not know the collection of a command. Returns the error of a scan that gives up. */
  unknownCollection(command: Command, reply: Reply): MemcacheError;
  /** The known locations may be old. */
  refresh(): void;
  /** Whether the same request may succeed later. */
  isTemporary(code: number): boolean;
}
