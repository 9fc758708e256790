/** The options of an embedded server, their defaults, and the one place that reads them. */
import { type Clock, systemClock } from '../base/clock.ts';
import { serverVersion } from '../base/version.ts';
import { InvalidOptionError } from '../core/errors.ts';
import { defined } from '../core/option-checks.ts';
import { bytes, flag, listOf, live, milliseconds, text, whole, word } from '../core/option-kinds.ts';
import { checkOptions, type Complete, defaultsOf, type OptionTable } from '../core/option-table.ts';
import type { Network } from '../net/network.ts';
import {
  type ListenDefaults,
  listenDefaults,
  listenOptions,
  type ListenOptions,
  type ResolvedListenOptions,
  resolveListen,
} from '../session/listen-options.ts';
import { defaultSessionBounds } from '../session/session-context.ts';
import type { StartSettings } from '../store/start-settings.ts';

/** Options of `createServer`. */
export interface ServerOptions extends ListenOptions {
  /**
   * Connections open at the same time. The next one receives `ERROR Too many open connections` and is closed.
   * @default 1024
   */
  readonly maxConnections?: number | undefined;
  /**
   * Memory in bytes for all items and their index; beyond it the least recently used items are evicted. It is outside
   * the heap of V8. At most 32 GB. memcached's `-m`. @default 67108864
   */
  readonly maxBytes?: number | undefined;
  /** The largest item in bytes: key, value and about 60 bytes. memcached's `-I`. @default 1048576 */
  readonly maxItemSize?: number | undefined;
  /** How long `close` waits for connections to end by themselves, in milliseconds. @default 5000 */
  readonly closeTimeout?: number | undefined;
  /** Lets the command `shutdown` close the server. Otherwise it is refused. memcached's `-A`. @default false */
  readonly allowShutdown?: boolean | undefined;
  /**
   * Further addresses, `host:port`, with the same options; those of `stats conns` are under the first. memcached's
   * `-l a,b`. @default none
   */
  readonly alsoListen?: readonly string[] | undefined;
  /** Receives requests in datagrams on these addresses, `host:port`. memcached's `-U`. @default none */
  readonly udp?: readonly string[] | undefined;
  /** False: nothing listens on TCP or a Unix socket; for a server with `udp`. memcached's `-p 0`. @default true */
  readonly tcp?: boolean | undefined;
  /** Settings by memcached's names, such as `{ evictions: 'off' }`. @default memcached's defaults */
  readonly settings?: StartSettings | undefined;
  /** Lets the command `debugtime` move the clock of the items, as in memcached's debug build. @default false */
  readonly debugTime?: boolean | undefined;
  /** The reply to `version`. Clients derive features from it, and some parse it as a number. @default '1.6.40' */
  readonly version?: string | undefined;
  /** The clock; for tests. */
  readonly clock?: Clock | undefined;
  /** Where connections come from; for tests. @default the sockets of this process */
  readonly network?: Network | undefined;
}

/** The options that a server has beside those of its socket. */
type OwnOptions = Omit<ServerOptions, keyof ListenOptions>;

/** Options as the server uses them. */
export interface ResolvedServerOptions extends ResolvedListenOptions, Complete<OwnOptions, 'network'> {
  /** Undefined: the sockets of this process. */
  readonly network?: Network | undefined;
}

/** memcached's bounds of `-I`. */
const smallestItemSize = 1024;
const largestItemSize = 1024 * 1024 * 1024;
/** The memory that 32-bit positions can address. */
const largestMemory = 32 * 1024 * 1024 * 1024;

const addresses = listOf(
  { ...text, wanted: 'host:port', fits: (value) => typeof value === 'string' && inetAddressOf(value) !== undefined },
  'a list of host:port',
  0,
);
const noAddresses: readonly string[] = Object.freeze([]);
const startSettings = live<StartSettings>();
const noSettings: StartSettings = Object.freeze({});

/** The address of `host:port`, with IPv6 in brackets; undefined where it is none. */
export function inetAddressOf(written: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(written);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

const own = {
  maxConnections: {
    kind: whole(1),
    default: 1024,
    about: 'connections open at the same time; the next one receives `ERROR Too many open connections`',
  },
  maxBytes: {
    kind: bytes(smallestItemSize, largestMemory),
    default: 64 * 1024 * 1024,
    about: "memory for all items and their index, outside the heap of V8; memcached's `-m`",
  },
  maxItemSize: {
    kind: bytes(smallestItemSize, largestItemSize),
    default: 1024 * 1024,
    about: "the largest item: key, value and about 60 bytes; memcached's `-I`",
  },
  closeTimeout: {
    kind: milliseconds(0),
    default: 5000,
    about: 'how long `close` waits for connections to end by themselves',
  },
  allowShutdown: {
    kind: flag,
    default: false,
    about: "lets the command `shutdown` close the server; memcached's `-A`",
  },
  alsoListen: { kind: addresses, default: noAddresses, about: 'further addresses, `host:port`, with the same options' },
  udp: {
    kind: addresses,
    default: noAddresses,
    about: "receives requests in datagrams here: `host:port`; memcached's `-U`",
  },
  tcp: { kind: flag, default: true, about: "false: only `udp`; memcached's `-p 0`" },
  settings: {
    kind: startSettings,
    default: noSettings,
    about:
      'settings by the names of `stats settings`; `evictions`, `cas_enabled`, `flush_enabled`, `dump_enabled`, `watch_enabled`, `lru_crawler`, `track_sizes`, `detail_enabled`, `stat_key_prefix`, `verbosity`, `reqs_per_event` and `tcp_backlog` take effect, all others are shown',
  },
  debugTime: {
    kind: flag,
    default: false,
    about: "lets the command `debugtime` move the clock of the items, as in memcached's debug build; for tests",
  },
  version: { kind: word, default: serverVersion, about: 'the reply to `version`; clients derive features from it' },
  clock: { kind: live<Clock>(), default: systemClock, defaultText: '–', about: 'the clock; for tests' },
  network: {
    kind: live<Network>(),
    defaultText: 'sockets',
    about: 'where connections come from; for tests',
  },
} satisfies OptionTable<OwnOptions>;

/** The options of a server. */
export const serverOptions: OptionTable<ServerOptions> = { ...listenOptions, ...own };

/** The defaults of `ServerOptions`. */
export const serverDefaults: ListenDefaults & Complete<OwnOptions, 'network'> = Object.freeze({
  ...listenDefaults,
  ...defaultsOf(own),
});

/** Reads options. Throws InvalidOptionError for one that is unknown or invalid, or conflicts with another. */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  checkOptions(serverOptions, options, '');
  const listen = resolveListen(options, '');
  const all = { ...serverDefaults, ...defined(options) };
  // A bound on all items that is smaller than the default item makes the item smaller.
  const maxItemSize = options.maxItemSize ?? Math.min(all.maxItemSize, all.maxBytes);
  if (maxItemSize > all.maxBytes) {
    throw new InvalidOptionError(
      `option "maxItemSize" (${maxItemSize}) must not be above "maxBytes" (${all.maxBytes})`,
      options.maxItemSize === undefined ? 'maxBytes' : 'maxItemSize',
    );
  }
  // The reply to a get that is executed at once fits, however large the items are.
  const largestReply = options.maxHeldOutput === undefined ? defaultSessionBounds.maxKeys * maxItemSize : 0;
  return { ...all, ...listen, maxItemSize, maxHeldOutput: Math.max(listen.maxHeldOutput, largestReply) };
}
