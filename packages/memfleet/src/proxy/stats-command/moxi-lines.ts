/**
 * `stats proxy …` with the groups and names of Moxi (docs/protocols.md#moxi), as far as they apply here. "upstream" and
 * "downstream" are Moxi's words: the clients, and the connections to nodes.
 *
 *   info  settings  behaviors  frontcache  keystats (the hottest)  stats  timings  config
 *   all (everything but timings and config)
 */
import { redact } from '../../base/redact.ts';
import { formatAddress } from '../../net/transport.ts';
import { commandNames } from '../listeners/counters.ts';
import type { ResolvedProxyOptions } from '../options/resolve.ts';
import type { ListenerStats, ProxyStats, StatLine } from '../stats.ts';

type Lines = (stats: ProxyStats, options: ResolvedProxyOptions) => StatLine[];

/** The lines of a group; undefined = there is no such group. */
export function moxiLines(group: string, stats: ProxyStats, options: ResolvedProxyOptions): StatLine[] | undefined {
  return Object.hasOwn(groups, group) ? groups[group]?.(stats, options) : undefined;
}

const groups: Readonly<Record<string, Lines>> = {
  all: (stats, options) =>
    ['info', 'settings', 'behaviors', 'frontcache', 'stats'].flatMap((group) => groups[group]?.(stats, options) ?? []),
  info: infoLines,
  settings: (stats) => [
    ['proxy_main:conf_type', 'dynamic'],
    ['proxy_main:stats:stat_configs', stats.revision],
    ['proxy_main:stats:stat_config_fails', stats.reloadsRefused],
    ['proxy_main:stats:stat_proxy_existings', stats.listeners.length],
  ],
  behaviors: behaviorLines,
  frontcache: frontCacheLines,
  keystats: hotKeyLines,
  stats: counterLines,
  timings: timingLines,
  config: (_stats, options) => configLines(options),
};

/** `PORT:NAME`, as Moxi calls a proxy. */
function proxyName({ address, route }: ListenerStats): string {
  return `${'port' in address ? address.port : address.path}:${route}`;
}

function infoLines(stats: ProxyStats, { version }: ResolvedProxyOptions): StatLine[] {
  return [
    ['basic:version', version],
    ['basic:nthreads', 1],
    ...stats.listeners.flatMap((listener): StatLine[] => [
      [`${proxyName(listener)}:info:port`, 'port' in listener.address ? listener.address.port : 0],
      [`${proxyName(listener)}:info:address`, formatAddress(listener.address)],
      [`${proxyName(listener)}:info:name`, listener.route],
      [`${proxyName(listener)}:info:config_ver`, stats.revision],
    ]),
  ];
}

/** The settings of each fleet under the names of Moxi's behaviour keys. Times in ms. */
function behaviorLines(_stats: ProxyStats, { clusters }: ResolvedProxyOptions): StatLine[] {
  return [...clusters].flatMap(([name, { fleet }]): StatLine[] => {
    const behavior = (key: string, value: string | number): StatLine => [`${name}:behavior:${key}`, value];
    return [
      behavior('downstream_conn_max', fleet.pool.max),
      behavior('downstream_protocol', fleet.protocol),
      behavior('downstream_timeout', fleet.timeout),
      behavior('downstream_retry', fleet.retry.attempts),
      behavior('downstream_conn_queue_timeout', fleet.pool.acquireTimeout),
      behavior('connect_timeout', fleet.connectTimeout),
      behavior('connect_max_errors', fleet.ejectAfter),
      behavior('connect_retry_interval', fleet.ejectTime),
      behavior('usr', fleet.credentials?.username ?? ''),
    ];
  });
}

function frontCacheLines(stats: ProxyStats): StatLine[] {
  return Object.entries(stats.frontCaches).flatMap(([name, cache]): StatLine[] => {
    const line = (key: string, value: number): StatLine => [`${name}:frontcache:${key}`, value];
    return [
      line('size', cache.items),
      line('bytes', cache.bytes),
      line('max', cache.maxItems),
      line('max_bytes', cache.maxBytes),
      line('lifespan', cache.lifespan),
      line('tot_get_hits', cache.hits),
      line('tot_get_expires', cache.expires),
      line('tot_get_misses', cache.misses),
      line('tot_adds', cache.adds),
      line('tot_deletes', cache.deletes),
      line('tot_evictions', cache.evictions),
    ];
  });
}

/** A key may have any byte: those that a line of `stats` cannot hold are written as in URLs. */
function hotKeyLines({ hotKeys }: ProxyStats): StatLine[] {
  return (hotKeys?.keys ?? []).flatMap(({ key, count }, index): StatLine[] => [
    [`hot:${index + 1}:key`, key.replaceAll(/[^\x21-\x24\x26-\x7e]/g, percent)],
    [`hot:${index + 1}:count`, count],
  ]);
}

function percent(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function counterLines(stats: ProxyStats): StatLine[] {
  return [...stats.listeners.flatMap(listenerLines), ...nodeLines(stats)];
}

function listenerLines(listener: ListenerStats): StatLine[] {
  const proxy = proxyName(listener);
  const total = commandNames.reduce((sum, name) => sum + listener.commands[name].seen, 0);
  const lines: StatLine[] = [
    [`${proxy}:stats:listening`, 1],
    [`${proxy}:pstd_stats:num_upstream`, listener.sessions],
    [`${proxy}:pstd_stats:tot_upstream`, listener.accepted],
    [`${proxy}:pstd_stats:tot_upstream_rejected`, listener.rejected],
    [`${proxy}:pstd_stats:tot_multiget_keys`, listener.multigetKeys],
    [`${proxy}:pstd_stats:tot_multiget_keys_dedupe`, listener.multigetDuplicates],
    [`${proxy}:pstd_stats:tot_cmd_count`, total],
  ];
  for (const name of commandNames) {
    const { seen, quiet, ok, misses, errors } = listener.commands[name];
    const command = `${proxy}:pstd_stats_cmd`;
    if (seen === 0) continue;
    lines.push([`${command}:regular_${name}:seen`, seen - quiet], [`${command}:quiet_${name}:seen`, quiet]);
    lines.push([`${command}:${name}:hits`, ok], [`${command}:${name}:misses`, misses]);
    lines.push([`${command}:${name}:errors`, errors]);
  }
  return lines;
}

function nodeLines(stats: ProxyStats): StatLine[] {
  return Object.entries(stats.clusters).flatMap(([name, cluster]) =>
    cluster.nodes.flatMap((node): StatLine[] => {
      const line = (key: string, value: string | number): StatLine => [`${name}:${node.node}:${key}`, value];
      return [
        line('state', node.state),
        line('num_downstream_conn', node.open),
        line('num_downstream_conn_connecting', node.connecting),
        line('num_downstream_conn_waiting', node.waiting),
        line('num_downstream_reserved', node.inFlight),
        line('max_downstream_conn', node.peak),
        line('tot_downstream_connect', node.connects),
        line('tot_downstream_connect_failed', node.connectFailures),
        line('tot_downstream_timeout', node.timeouts),
        line('tot_downstream_conn_queue_add', node.waits),
        line('tot_downstream_max_reached', node.refused),
      ];
    }),
  );
}

function timingLines(stats: ProxyStats): StatLine[] {
  return Object.entries(stats.latencies).flatMap(([node, { bounds, counts, count, sum }]): StatLine[] => [
    ...counts.map((n, i): StatLine => [`${node}:latency_ms:${i < bounds.length ? `<=${bounds[i]}` : 'more'}`, n]),
    [`${node}:latency_ms:count`, count],
    [`${node}:latency_ms:sum`, sum.toFixed(3)],
  ]);
}

function configLines({ listeners, clusters, routes }: ResolvedProxyOptions): StatLine[] {
  return [
    ...listeners.map(({ name, address, route }): StatLine => [
      `config:listener:${name}`,
      `${formatAddress(address)} → ${route}`.replace('→', 'to'),
    ]),
    ...[...clusters].map(([name, { settings }]): StatLine => [`config:cluster:${name}`, redact(settings)]),
    ...Object.entries(routes).map(([name, route]): StatLine => [`config:route:${name}`, redact(route)]),
  ];
}
