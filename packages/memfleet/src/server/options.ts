/** The options of an embedded server, their defaults, and the one place that reads them. */
import { type Clock, systemClock } from '../base/clock.ts';
import { serverVersion } from '../base/version.ts';
import { InvalidOptionError } from '../core/errors.ts';
import { defined } from '../core/option-checks.ts';
import { bytes, flag, live, milliseconds, whole, word } from '../core/option-kinds.ts';
import { checkOptions, type Complete, defaultsOf, type OptionTable } from '../core/option-table.ts';
import {
  type ListenDefaults,
  listenDefaults,
  listenOptions,
  type ListenOptions,
  type ResolvedListenOptions,
  resolveListen,
} from '../session/listen-options.ts';
import { defaultSessionBounds } from '../session/session-context.ts';

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
  /** The reply to `version`. Clients derive features from it, and some parse it as a number. @default '1.6.40' */
  readonly version?: string | undefined;
  /** The clock; for tests. */
  readonly clock?: Clock | undefined;
}

/** The options that a server has beside those of its socket. */
type OwnOptions = Omit<ServerOptions, keyof ListenOptions>;

/** Options as the server uses them. */
export interface ResolvedServerOptions extends ResolvedListenOptions, Complete<OwnOptions> {}

/** memcached's bounds of `-I`. */
const smallestItemSize = 1024;
const largestItemSize = 1024 * 1024 * 1024;
/** The memory that 32-bit positions can address. */
const largestMemory = 32 * 1024 * 1024 * 1024;

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
  version: { kind: word, default: serverVersion, about: 'the reply to `version`; clients derive features from it' },
  clock: { kind: live<Clock>(), default: systemClock, defaultText: '–', about: 'the clock; for tests' },
} satisfies OptionTable<OwnOptions>;

/** The options of a server. */
export const serverOptions: OptionTable<ServerOptions> = { ...listenOptions, ...own };

/** The defaults of `ServerOptions`. */
export const serverDefaults: ListenDefaults & Complete<OwnOptions> = Object.freeze({
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
