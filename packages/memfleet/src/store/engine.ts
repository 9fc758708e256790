import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { Reply } from '../core/reply.ts';
import type { Stat } from './admin-reply.ts';
import type { Crawler } from './crawler.ts';
import type { ItemStore } from './item-store.ts';
import type { MovableClock } from './movable-clock.ts';
import type { PrefixStats } from './prefix-stats.ts';
import type { SpelledItems } from './spelled-items.ts';
import type { StartSettings } from './start-settings.ts';
import type { Tuning } from './tuning.ts';
import type { Watchers } from './watchers.ts';

/**
 * Statistics beyond those of the store: the server's, about processes and sessions. Undefined = no such group.
 */
export type MoreStats = (group: string) => Iterable<Stat> | undefined;

/** Ends the server. `graceful`: commands in flight receive their replies first. */
export type Shutdown = (graceful: boolean) => void;

/** The context in which a verb is executed. */
export interface Engine {
  readonly store: ItemStore;
  readonly crawler: Crawler;
  /** The one Reply, refilled for every command. */
  readonly reply: Reply;
  /** The items of the text get that is executed. */
  readonly spelled: SpelledItems;
  /** The reply to `version`. */
  readonly version: string;
  readonly moreStats: MoreStats;
  readonly tuning: Tuning;
  readonly prefixes: PrefixStats;
  readonly watchers: Watchers;
  readonly settings: StartSettings;
  /** Undefined: `debugtime` is not enabled. */
  readonly movableClock: MovableClock | undefined;
  /** Undefined: `shutdown` is not enabled. */
  readonly shutdown: Shutdown | undefined;
}

/** Executes one verb and replies before it returns. */
export type Execute = (engine: Engine, command: Command, handler: Handler) => void;
