import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { Reply } from '../core/reply.ts';
import type { Crawler } from './crawler.ts';
import type { ItemStore } from './item-store.ts';
import type { PrefixStats } from './prefix-stats.ts';
import type { Tuning } from './tuning.ts';
import type { Watchers } from './watchers.ts';

/** One line of statistics. */
export type Stat = readonly [name: string, value: string | number | bigint];

/**
 * More statistics than a store has by itself: what its server knows of processes and sessions. Undefined = no such
 * group.
 */
export type MoreStats = (group: string) => Iterable<Stat> | undefined;

/** Ends the server. `graceful`: what is in flight is answered first. */
export type Shutdown = (graceful: boolean) => void;

/** What executing a verb needs. */
export interface Engine {
  readonly store: ItemStore;
  readonly crawler: Crawler;
  /** The one Reply, filled anew for every answer. */
  readonly reply: Reply;
  /** What `version` says. */
  readonly version: string;
  readonly moreStats: MoreStats;
  readonly tuning: Tuning;
  readonly prefixes: PrefixStats;
  readonly watchers: Watchers;
  /** Undefined: `shutdown` is not enabled. */
  readonly shutdown: Shutdown | undefined;
}

/** Does what one verb asks and answers it, before it returns. */
export type Execute = (engine: Engine, command: Command, handler: Handler) => void;
