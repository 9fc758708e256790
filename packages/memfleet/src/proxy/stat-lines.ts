/**
 * `stats` of the proxy: its own, never those of nodes, which would be a sum of different things.
 *
 *   stats            names as in memcached, as far as a proxy has them
 *   stats settings   limits of the listeners
 *   stats proxy …    Moxi's groups: see moxi-lines.ts
 *   stats reset      counters to 0
 */
import { ownVersion } from '../base/version.ts';
import type { StatLine } from './front.ts';
import { moxiLines } from './moxi-lines.ts';
import type { ResolvedProxyOptions } from './resolve.ts';
import type { CommandName, CommandStats, ProxyStats } from './stats.ts';

type Lines = (stats: ProxyStats, options: ResolvedProxyOptions) => StatLine[];

/** The lines of a group; undefined = there is no such group. */
export function statLines(group: string, stats: ProxyStats, options: ResolvedProxyOptions): StatLine[] | undefined {
  const [first = '', second = 'all', ...rest] = group.split(' ');
  if (first === 'proxy') return rest.length === 0 ? moxiLines(second, stats, options) : undefined;
  return Object.hasOwn(groups, group) ? groups[group]?.(stats, options) : undefined;
}

const groups: Readonly<Record<string, Lines>> = { '': generalLines, settings: settingLines };

/** Names of memcached and the commands that count for them. */
const commandLines: readonly (readonly [string, readonly CommandName[], keyof CommandStats])[] = [
  ['cmd_get', ['get', 'gets', 'gat'], 'seen'],
  ['cmd_set', ['set', 'add', 'replace', 'append', 'prepend', 'cas'], 'seen'],
  ['cmd_touch', ['touch', 'gat'], 'seen'],
  ['cmd_flush', ['flush_all'], 'seen'],
  ['get_hits', ['get', 'gets', 'gat'], 'ok'],
  ['get_misses', ['get', 'gets', 'gat'], 'misses'],
  ['delete_hits', ['delete'], 'ok'],
  ['delete_misses', ['delete'], 'misses'],
  ['incr_hits', ['incr'], 'ok'],
  ['incr_misses', ['incr'], 'misses'],
  ['decr_hits', ['decr'], 'ok'],
  ['decr_misses', ['decr'], 'misses'],
  ['cas_hits', ['cas'], 'ok'],
  ['cas_badval', ['cas'], 'exists'],
  ['cas_misses', ['cas'], 'misses'],
  ['touch_hits', ['touch'], 'ok'],
  ['touch_misses', ['touch'], 'misses'],
];

function generalLines(stats: ProxyStats, { version, clock }: ResolvedProxyOptions): StatLine[] {
  const { user, system } = process.cpuUsage();
  const sum = (field: 'accepted' | 'rejected' | 'bytesRead' | 'bytesWritten' | 'maxSessions'): number =>
    stats.listeners.reduce((total, listener) => total + listener[field], 0);
  return [
    ['pid', process.pid],
    ['uptime', Math.floor(stats.uptime / 1000)],
    ['time', clock.unixSeconds()],
    ['version', version],
    ['pointer_size', 64],
    ['rusage_user', (user / 1e6).toFixed(6)],
    ['rusage_system', (system / 1e6).toFixed(6)],
    ['max_connections', sum('maxSessions')],
    ['curr_connections', stats.sessions],
    ['total_connections', sum('accepted')],
    ['rejected_connections', sum('rejected')],
    ...commandLines.map(([name, commands, field]): StatLine => {
      return [name, commands.reduce((total, command) => total + stats.commands[command][field], 0)];
    }),
    ['bytes_read', sum('bytesRead')],
    ['bytes_written', sum('bytesWritten')],
    ['threads', 1],
    ['memfleet', ownVersion],
  ];
}

function settingLines(_stats: ProxyStats, { listeners, closeTimeout, timings }: ResolvedProxyOptions): StatLine[] {
  const lines: StatLine[] = [
    ['close_timeout', closeTimeout],
    ['timings', timings ? 'yes' : 'no'],
  ];
  for (const listener of listeners) {
    const put = (name: string, value: string | number | boolean): number =>
      lines.push([`${listener.name}:${name}`, typeof value === 'boolean' ? (value ? 'yes' : 'no') : value]);
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
