/** A client that moves from one fleet to another while it is used. */
import { EventListeners } from '../base/event-listeners.ts';
import type { ClusterStats } from '../cluster/stats.ts';
import type { Dispatcher } from '../core/dispatcher.ts';
import { InvalidOptionError } from '../core/errors.ts';
import { inside } from '../core/option-checks.ts';
import { checkOptions } from '../core/option-table.ts';
import { assemble, nameOf } from '../fleet/assemble.ts';
import { fleetOptions, type FleetSettings } from '../fleet/options.ts';
import { resolveFleet } from '../fleet/resolve.ts';
import { type MigrationCounters, type MigrationPhase, migrationPhases, MigrationPolicy } from '../policy/migration.ts';
import type { Client } from './client.ts';
import { parseConnectionString } from './connection-string.ts';
import { clientOver } from './create-client.ts';
import { type ClientEvents, clusterEventsFor } from './events.ts';
import { importParts } from './import-parts.ts';
import type { ClientOptions } from './options.ts';
import { resolveOptions } from './resolve-options.ts';

/** Options of `createMigration`: the old fleet and the new one. */
export interface MigrationOptions<T = unknown> {
  /** The old fleet: options of a fleet, or a connection string. */
  readonly from: FleetSettings | string;
  /** The new fleet, with the options for keys and values: options of a client, or a connection string. */
  readonly to: ClientOptions<T> | string;
  /** The first phase. @default 'old' */
  readonly phase?: MigrationPhase | undefined;
}

/** A snapshot of a migration. */
export interface MigrationStats extends MigrationCounters {
  /** The current phase. */
  readonly phase: MigrationPhase;
  /** The old fleet. */
  readonly old: ClusterStats;
  /** The new fleet. */
  readonly new: ClusterStats;
}

/** A migration from one fleet to another, made by `createMigration`. */
export interface Migration<T = unknown> {
  /** The client for callers. Its `stats`, `nodeOf` and `setNodes` concern the new fleet; `close` closes both fleets. */
  readonly client: Client<T>;
  /**
   * Set it to move forward or back: `old`; `write-both` (reads from old); `read-new` (then old; writes to both); `new`.
   * Commands in flight keep the phase in which they began.
   */
  phase: MigrationPhase;
  /** A snapshot of both fleets. */
  stats(): MigrationStats;
}

/** Makes a client that moves from one fleet to another. Throws InvalidOptionError. */
export function createMigration<T = unknown>(options: MigrationOptions<T>): Migration<T> {
  const { from, to, phase = 'old' } = options;
  checkPhase(phase);
  importParts();
  const settings = inside('from', (): FleetSettings => {
    return typeof from === 'string' ? parseConnectionString(from) : from;
  });
  checkOptions(fleetOptions, settings, 'from');
  const given = inside('to', (): ClientOptions<T> => {
    return typeof to === 'string' ? parseConnectionString(to) : to;
  });
  const resolved = inside('to', () => resolveOptions(given as ClientOptions<never>));
  const listeners = new EventListeners<ClientEvents>();
  const events = clusterEventsFor(listeners);
  const old = assemble(
    inside('from', () => resolveFleet(settings)),
    events,
  );
  const { policies } = resolved;
  const next = assemble({ ...resolved, policies: [] }, events);
  const policy = new MigrationPolicy(old.counters, next.counters, phase);
  const dispatcher = policies.reduceRight<Dispatcher>((below, wrapped) => wrapped(below), policy);
  const describe = (): string => {
    const above = policies.map(nameOf).map((name) => `${name} → `);
    return `${above.join('')}migration(${policy.phase}: ${old.describe()}; ${next.describe()})`;
  };
  const { cluster, clock } = next;
  const setIdleHold = (isReferenced: boolean): void => {
    for (const fleet of [old, next]) fleet.setIdleHold(isReferenced);
  };
  const clusters = [old.cluster, next.cluster];
  const fleet = {
    dispatcher,
    counters: dispatcher,
    cluster,
    clusters,
    clock,
    scanPlace: undefined,
    collections: undefined,
    setIdleHold,
    describe,
  };
  const client = clientOver<T>(given, fleet, listeners);
  return {
    client,
    get phase() {
      return policy.phase;
    },
    set phase(wanted) {
      checkPhase(wanted);
      policy.phase = wanted;
    },
    stats: () => ({ ...policy.counters, phase: policy.phase, old: old.cluster.stats(), new: next.cluster.stats() }),
  };
}

function checkPhase(phase: MigrationPhase): void {
  if (!migrationPhases.includes(phase))
    throw new InvalidOptionError(
      `a migration's phase is one of ${migrationPhases.join(', ')}, not ${phase as string}`,
      'phase',
    );
}
