/** The lines of `stats` about the proxy itself, rather than its nodes: see administration.ts. */
import { ownVersion } from '../../base/version.ts';
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
  const { user, system } = process.cpuUsage();
  type Counter = 'accepted' | 'rejected' | 'maxSessions' | 'bytesRead' | 'bytesWritten' | 'idleKicks' | Logins;
  type Logins = 'authentications' | 'authenticationFailures';
  const sum = (field: Counter): number => stats.listeners.reduce((total, listener) => total + listener[field], 0);
  return [
    ['pid', process.pid],
    ['uptime', Math.floor(stats.uptime / 1000)],
    ['time', clock.unixSeconds()],
    ['version', version],
    ['libevent', `uv-${process.versions.uv}`],
    ['pointer_size', 64],
    ['rusage_user', (user / 1e6).toFixed(6)],
    ['rusage_system', (system / 1e6).toFixed(6)],
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
    ['accepting_conns', 1],
    ['listen_disabled_num', 0],
    ['time_in_listen_disabled_us', 0],
    ['threads', 1],
    ['memfleet', ownVersion],
  ];
}

const yes = (condition: boolean): string => (condition ? 'yes' : 'no');

/** The settings of a listener under memcached's names, then those of all listeners under `LISTENER:NAME`. */
export function settingLines(
  listener: ResolvedListener,
  listening: readonly ListenerStats[],
  options: ResolvedProxyOptions,
): StatLine[] {
  const { protocols, authenticate } = listener;
  // Its current address, with the assigned port.
  const address = listening.find(({ name }) => name === listener.name)?.address ?? listener.address;
  const isBinary = protocols.includes('binary');
  const isAscii = protocols.includes('text') || protocols.includes('meta');
  return [
    ['maxconns', listener.maxSessions],
    ['tcpport', 'port' in address ? address.port : 0],
    ['udpport', 0],
    ['inter', 'host' in address ? address.host : 'NULL'],
    ['domain_socket', 'path' in address ? address.path : 'NULL'],
    ['num_threads', 1],
    ['binding_protocol', isAscii ? (isBinary ? 'auto-negotiate' : 'ascii') : 'binary'],
    ['auth_enabled_sasl', yes(authenticate !== undefined)],
    ['auth_enabled_ascii', yes(authenticate !== undefined)],
    ['idle_timeout', Math.ceil(listener.idleTimeout / 1000)],
    ['ssl_enabled', yes(listener.tls !== undefined)],
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
