/** The lines of `stats` about a program that listens, its settings and its connections; names are memcached's. */
import { ownVersion } from '../base/version.ts';
import type { Address, ListenAddress } from '../net/transport.ts';
import type { Protocol } from '../protocol/codec.ts';
import type { ResolvedListenOptions } from './listen-options.ts';
import type { Listener } from './listener.ts';

type Line = readonly [name: string, value: string | number];

/** What a program reports about itself. */
export interface ProcessFacts {
  /** In milliseconds. */
  readonly uptime: number;
  /** Unix time in seconds. */
  readonly time: number;
  /** The reply to `version`. */
  readonly version: string;
}

/** The lines of `stats` about the process. */
export function processLines({ uptime, time, version }: ProcessFacts): Line[] {
  const { user, system } = process.cpuUsage();
  return [
    ['pid', process.pid],
    ['uptime', Math.floor(uptime / 1000)],
    ['time', time],
    ['version', version],
    // memcached names its event loop here.
    ['libevent', `uv-${process.versions.uv}`],
    ['pointer_size', 64],
    ['rusage_user', (user / 1e6).toFixed(6)],
    ['rusage_system', (system / 1e6).toFixed(6)],
    ['accepting_conns', 1],
    ['threads', 1],
    ['memfleet', ownVersion],
  ];
}

/** The lines of `stats settings` about a listening socket. `address`: the current one, with the assigned port. */
export function listenerSettings(options: ResolvedListenOptions, address: Address | ListenAddress): Line[] {
  return [
    ['tcpport', 'port' in address ? address.port : 0],
    ['inter', 'host' in address ? address.host : 'NULL'],
    ['domain_socket', 'path' in address ? address.path : 'NULL'],
    ['binding_protocol', bindingProtocol(options.protocols)],
    ['auth_enabled_sasl', yes(options.authenticate !== undefined)],
    ['auth_enabled_ascii', yes(options.authenticate !== undefined)],
    ['idle_timeout', Math.ceil(options.idleTimeout / 1000)],
    ['ssl_enabled', yes(options.tls !== undefined)],
  ];
}

/** In memcached's words (`-B`). */
function bindingProtocol(protocols: readonly Protocol[]): string {
  if (!protocols.includes('text') && !protocols.includes('meta')) return 'binary';
  return protocols.includes('binary') ? 'auto-negotiate' : 'ascii';
}

/** A setting that is on or off. */
export function yes(condition: boolean): 'yes' | 'no' {
  return condition ? 'yes' : 'no';
}

/** The lines of `stats conns` for all connections of a listener. The listening socket has number 1. */
export function* connectionLines(listener: Listener): Iterable<Line> {
  const { address } = listener;
  const where =
    address === undefined
      ? '<closed>'
      : 'path' in address
        ? `unix:${address.path}`
        : `${address.host.includes(':') ? `tcp6:[${address.host}]` : `tcp:${address.host}`}:${address.port}`;
  yield ['1:addr', where];
  yield ['1:state', 'conn_listening'];
  yield ['1:secs_since_last_cmd', 0];
  for (const { number, remote, situation, idleTime } of listener.each()) {
    yield [`${number}:addr`, remote];
    yield [`${number}:listen_addr`, where];
    yield [`${number}:state`, situation];
    // memcached counts the beginnings of seconds.
    yield [`${number}:secs_since_last_cmd`, Math.round(idleTime / 1000)];
  }
}
