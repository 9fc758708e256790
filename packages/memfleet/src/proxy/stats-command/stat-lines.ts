/** The lines of `stats` about the proxy itself, rather than its nodes: see administration.ts. */
import { listenerSettings, processLines, yes } from '../../session/listener-lines.ts';
import type { ResolvedListener, ResolvedProxyOptions } from '../options/resolve.ts';
import type { ListenerStats, ProxyStats, StatLine } from '../stats.ts';
import { moxiLines } from './moxi-lines.ts';

/** `stats proxy GROUP`; undefined = there is no such group. */
export function proxyLines(
  [group = 'all', ...more]: readonly string[],
  stats: ProxyStats,
  options: ResolvedProxyOptions,
): StatLine[] | undefined {
  return more.length === 0 ? moxiLines(group, stats, options) : undefined;
}

/** memcached's names for the process and its clients, which are the proxy's. */
export function generalLines(stats: ProxyStats, { version, clock }: ResolvedProxyOptions): StatLine[] {
  type Counter = 'accepted' | 'rejected' | 'maxSessions' | 'bytesRead' | 'bytesWritten' | 'idleKicks' | Logins;
  type Logins = 'authentications' | 'authenticationFailures';
  const sum = (field: Counter): number => stats.listeners.reduce((total, listener) => total + listener[field], 0);
  return [
    ...processLines({ uptime: stats.uptime, time: clock.unixSeconds(), version }),
    ['max_connections', sum('maxSessions')],
    ['curr_connections', stats.sessions],
    ['total_connections', sum('accepted')],
    ['rejected_connections', sum('rejected')],
    ['connection_structures', stats.sessions + stats.listeners.length],
    ['auth_cmds', sum('authentications')],
    ['auth_errors', sum('authenticationFailures')],
    ['idle_kicks', sum('idleKicks')],
    ['bytes_read', sum('bytesRead')],
    ['bytes_written', sum('bytesWritten')],
    ['listen_disabled_num', 0],
    ['time_in_listen_disabled_us', 0],
  ];
}

/** The settings of a listener under memcached's names, then those of all listeners under `LISTENER:NAME`. */
export function settingLines(
  listener: ResolvedListener,
  listening: readonly ListenerStats[],
  options: ResolvedProxyOptions,
): StatLine[] {
  // Its current address, with the assigned port.
  const address = listening.find(({ name }) => name === listener.name)?.address ?? listener.address;
  return [
    ['maxconns', listener.maxSessions],
    ...listenerSettings(listener, address),
    ['udpport', 0],
    ['num_threads', 1],
    ['flush_enabled', yes(listener.allowFlush)],
    ['shutdown_command', 'no'],
    ...listenerLines(options),
  ];
}

function listenerLines({ listeners, closeTimeout, timings }: ResolvedProxyOptions): StatLine[] {
  const lines: StatLine[] = [
    ['close_timeout', closeTimeout],
    ['timings', yes(timings)],
  ];
  for (const listener of listeners) {
    const put = (name: string, value: string | number | boolean): number =>
      lines.push([`${listener.name}:${name}`, typeof value === 'boolean' ? yes(value) : value]);
    put('route', listener.route);
    put('maxconns', listener.maxSessions);
    put('idle_timeout', listener.idleTimeout);
    put('stall_timeout', listener.stallTimeout);
    put('max_in_flight', listener.maxInFlight);
    put('max_output', listener.maxOutput);
    put('max_held_output', listener.maxHeldOutput);
    put('item_size_max', listener.maxItemSize);
    put('binding_protocol', listener.protocols.join(','));
    put('auth_enabled', listener.authenticate !== undefined);
    put('ssl_enabled', listener.tls !== undefined);
    put('flush_enabled', listener.allowFlush);
    put('on_node_failure', listener.onNodeFailure);
  }
  return lines;
}
