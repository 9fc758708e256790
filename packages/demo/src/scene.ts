/** A scene: the nodes of a run, what the traffic goes through, and what happens meanwhile. */
import type { Client, ClientEvents, NodeStats } from 'memfleet';
import type { Cache } from './cache.ts';
import type { Fleet, OnLost } from './fleet-of-nodes.ts';
import type { Row } from './live-view.ts';
import type { DemoOptions, Run } from './run.ts';
import type { Schedule } from './schedule.ts';
import type { Paint, Screen } from './table.ts';

/** The option of a scene on the command line, without dashes, its line of help, and the options that exclude it. */
export interface SceneFlag {
  readonly name: string;
  readonly about: string;
  readonly conflicts: readonly string[];
}

/** The result of a run. */
export interface Outcome {
  /** All checks passed. */
  readonly ok: boolean;
  /** For people. */
  text(paint: Paint): string[];
  /** For `--json`. */
  readonly json: object;
}

/** A scene that is played in its own way. */
export interface OwnScene {
  readonly flag: SceneFlag;
  /** Rejects with an AbortError when the signal fires; nothing is left running in any case. */
  play(options: DemoOptions, screen: Screen, signal: AbortSignal): Promise<Outcome>;
}

/** A scene of the shop, which demo.ts plays. Each is a file in scenes/ and a line in scenes.ts. */
export interface Scene {
  readonly flag?: SceneFlag;
  readonly through: 'client' | 'proxy';
  /** Its connections, for the progress bar. */
  readonly title: string;
  /** The event at which the same traffic begins with a socket per call. */
  readonly again: string;
  /** Milliseconds that a call of the shop may take. */
  readonly timeout: number;
  /** Connections that a node may have. */
  readonly bound: number;
  openFleet(options: DemoOptions, onLost: OnLost): Promise<Fleet>;
  makeSchedule(options: DemoOptions, fleet: Fleet): Schedule;
  openSubject(run: Run): Promise<Subject>;
  /** Lines of the introduction, before and after that of the callers. */
  readonly introduction: { nodes?(fleet: Fleet): string; clients?(): string };
}

/** A node, as the subject knows it. */
export type SubjectNode = Pick<
  NodeStats,
  'node' | 'state' | 'open' | 'connecting' | 'inFlight' | 'waiting' | 'connects' | 'peak'
>;

/** The events of a subject; only a client has `topology`. */
export type SubjectEvents = Pick<ClientEvents, 'eject' | 'readmit' | 'topology'>;

/** What a run tests: the pooled client, or the proxy with plain clients. */
export interface Subject {
  /** What the shop calls. */
  readonly cache: Cache;
  on<Name extends keyof SubjectEvents>(event: Name, listener: (event: SubjectEvents[Name]) => void): unknown;
  stats(): { readonly nodes: readonly SubjectNode[] };
  /** Where a socket for a key has to go. */
  nodeOf(key: string): string | undefined;
  /** Fulfils when everything has ended. */
  close(): Promise<void>;
  destroy(): void;
  /** What happens beside the outages. */
  readonly acts?: Acts;
}

/** What happens to the fleet beside outages. */
export interface Acts {
  readonly rebalances: readonly Rebalance[];
  /** `settle` waits until a condition holds, or gives up. */
  perform(settle: (condition: () => boolean) => Promise<void>): Promise<void>;
  /** The nodes of a row, in place of those of `stats()`. */
  row(): Pick<Row, 'nodes' | 'revision'>;
}

/** One rebalance. Times in seconds since the start. */
export interface Rebalance {
  readonly change: 'add' | 'remove';
  /** The node that came or left. */
  node: string;
  readonly startedAt: number;
  finishedAt?: number;
  /** vBuckets that moved, as the cluster and as the client counted them. */
  moves: number;
  movedForClient: number;
  /** The cluster's revision of the map at the end. */
  rev: number;
  /** What the cluster said when it did not do it. */
  problem?: string;
}

/** A memfleet client as a subject. */
export function clientSubject(client: Client<Uint8Array>): Subject {
  return {
    cache: client,
    on: (event, listener) => client.on(event, listener),
    stats: () => client.stats(),
    nodeOf: (key) => client.nodeOf(key),
    close: () => client.close(),
    destroy: () => client.destroy(),
  };
}
