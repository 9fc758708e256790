/** The statistics of a server, for `stats` of the protocols and for `Server.stats()`. */
import { connectionLines, listenerSettings, processLines, yes } from '../session/listener-lines.ts';
import type { Listener } from '../session/listener.ts';
import type { SessionCounters } from '../session/session-context.ts';
import type { UdpListener } from '../session/udp-listener.ts';
import type { Stat } from '../store/admin-reply.ts';
import type { MoreStats } from '../store/engine.ts';
import type { ItemStore } from '../store/item-store.ts';
import type { ResolvedServerOptions } from './options.ts';

/** Beyond the numbers of connections. */
const udpNumber = 1_000_000_000;

/** A snapshot of the statistics of a server. */
export interface ServerStats {
  /** Open connections. */
  readonly connections: number;
  /** Connections accepted since the start. */
  readonly accepted: number;
  /** Connections closed because there were too many. */
  readonly rejected: number;
  /** Connections lost while they were accepted. */
  readonly failed: number;
  /** Bytes received from clients. */
  readonly bytesRead: number;
  /** Bytes sent to clients. */
  readonly bytesWritten: number;
  /** Connections closed because the client sent nothing. */
  readonly idleKicks: number;
  /** Connections closed because the client did not read its replies. */
  readonly slowKicks: number;
  /** Connections closed because of a protocol error. */
  readonly protocolErrors: number;
  /** Connections closed because of a defect of memfleet: 0 unless there is one. */
  readonly internalErrors: number;
  /** The number of items held. */
  readonly items: number;
  /** Bytes of all items, as `maxBytes` counts them. */
  readonly bytes: number;
  /** Keys requested. */
  readonly gets: number;
  /** Keys found. */
  readonly hits: number;
  /** Keys not found. */
  readonly misses: number;
  /** Stores. */
  readonly sets: number;
  /** Items evicted for lack of memory. */
  readonly evictions: number;
}

/** A snapshot for programs. */
export function snapshot(listener: Listener, store: ItemStore): ServerStats {
  const { counters } = store;
  const { bytesRead, bytesWritten, idleKicks, slowKicks, protocolErrors, internalErrors } = listener.context.counters;
  return {
    ...listener.counters,
    connections: listener.sessions,
    bytesRead,
    bytesWritten,
    idleKicks,
    slowKicks,
    protocolErrors,
    internalErrors,
    items: store.count,
    bytes: store.bytes,
    gets: counters.cmd_get,
    hits: counters.get_hits,
    misses: counters.get_misses,
    sets: counters.cmd_set,
    evictions: counters.evictions,
  };
}

/**
 * The lines that the server adds to `stats`; names are memcached's. `listener` is a function because the listener is
 * made after the store.
 */
export function moreStats(
  options: ResolvedServerOptions,
  listener: () => Listener,
  udp: readonly UdpListener[],
  startedAt: number,
): MoreStats {
  const { clock } = options;
  const groups: Readonly<Record<string, () => Stat[]>> = {
    '': () => [
      ...processLines({ uptime: clock.now() - startedAt, time: clock.unixSeconds(), version: options.version }),
      ...connections(options, listener()),
      ...traffic(options, listener().context.counters),
      ['conn_yields', listener().context.turns.yields],
    ],
    settings: () => [
      ['maxconns', options.maxConnections],
      ...listenerSettings(options, listener().address ?? options.address),
      ['umask', (options.mode ?? 0o700).toString(8)],
      ['shutdown_command', yes(options.allowShutdown)],
      ...shownSettings(options),
    ],
    conns: () => [...connectionLines(listener()), ...udpLines(udp)],
    reset: () => {
      listener().context.counters.reset();
      listener().context.turns.yields = 0;
      return [];
    },
  };
  return (group) => (Object.hasOwn(groups, group) ? groups[group]?.() : undefined);
}

/** The lines of `stats conns` about the sockets for datagrams. Their numbers follow no connection's. */
function* udpLines(udp: readonly UdpListener[]): Iterable<Stat> {
  for (const [index, { address }] of udp.entries()) {
    if (address === undefined) continue;
    const number = udpNumber + index;
    yield [
      `${number}:addr`,
      `udp${address.host.includes(':') ? `6:[${address.host}]` : `:${address.host}`}:${address.port}`,
    ];
    yield [`${number}:state`, 'conn_read'];
  }
}

/** The settings that the user gave, but for those that change. */
function shownSettings({ settings }: ResolvedServerOptions): Stat[] {
  const changing = new Set(['verbosity', 'detail_enabled', 'lru_crawler', 'track_sizes', 'watch_enabled', 'memfleet']);
  return Object.entries(settings).flatMap(([name, value]): Stat[] =>
    value === undefined || changing.has(name) ? [] : [[name, value]],
  );
}

function connections(options: ResolvedServerOptions, listener: Listener): Stat[] {
  return [
    ['max_connections', options.maxConnections],
    ['curr_connections', listener.sessions],
    ['total_connections', listener.counters.accepted],
    ['rejected_connections', listener.counters.rejected],
    // The connections of clients, and the listening one.
    ['connection_structures', listener.sessions + 1],
  ];
}

function traffic({ idleTimeout }: ResolvedServerOptions, counters: SessionCounters): Stat[] {
  return [
    // As in memcached, only where an idle timeout is set.
    ...(idleTimeout > 0 ? [['idle_kicks', counters.idleKicks] as const] : []),
    ['auth_cmds', counters.authentications],
    ['auth_errors', counters.authenticationFailures],
    ['bytes_read', counters.bytesRead],
    ['bytes_written', counters.bytesWritten],
  ];
}
