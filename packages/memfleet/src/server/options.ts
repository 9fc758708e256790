/** What an embedded server can be told, the defaults, and the one place that reads them. */
import type { TlsOptions } from 'node:tls';
import { type Clock, systemClock } from '../base/clock.ts';
import { advertisedVersion } from '../base/version.ts';
import { InvalidOptionError } from '../core/errors.ts';
import * as check from '../core/option-checks.ts';
import { type ListenAddress, listenAddressOf } from '../net/transport.ts';
import type { Protocol } from '../protocol/codec.ts';
import { passwordsOf } from '../session/passwords.ts';
import type { Authenticate } from '../session/session-context.ts';

/** Options of `createServer`. */
export interface ServerOptions {
  /** The address or host name to listen on. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** The TCP port; 0 chooses a free one. @default 11211 */
  readonly port?: number | undefined;
  /** Listen on this Unix socket instead. Not together with `host` or `port`. */
  readonly path?: string | undefined;
  /**
   * The file descriptor, from 3, of a listening socket that was passed to this process. Excludes `host`, `port` and
   * `path`.
   */
  readonly fd?: number | undefined;
  /** The permissions of the Unix socket, such as 0o700. @default according to the umask */
  readonly mode?: number | undefined;
  /** Speak TLS: options of `tls.createServer`, at least `key` and `cert`. @default plain */
  readonly tls?: TlsOptions | undefined;
  /**
   * Connections open at the same time. The next one receives `ERROR Too many open connections` and is closed.
   * @default 1024
   */
  readonly maxConnections?: number | undefined;
  /**
   * Memory in bytes for all items and their index; beyond it the least recently used items are evicted. It is outside
   * the
   * heap of V8. At most 32 GB. memcached's `-m`. @default 67108864
   */
  readonly maxBytes?: number | undefined;
  /** The largest item in bytes: key, value and about 60 bytes. memcached's `-I`. @default 1048576 */
  readonly maxItemSize?: number | undefined;
  /** Closes a connection that sends nothing for this many milliseconds; 0 = never. @default 0 */
  readonly idleTimeout?: number | undefined;
  /** Closes a connection that reads none of its replies for this many milliseconds. @default 60000 */
  readonly stallTimeout?: number | undefined;
  /** Bytes of replies held for a slow reader. Above them its requests wait. @default 1048576 */
  readonly maxOutput?: number | undefined;
  /**
   * Closes a connection whose request is incomplete after this many milliseconds. A value above 1 MB has that long for
   * each
   * megabyte. 0 = never. @default 30000
   */
  readonly requestTimeout?: number | undefined;
  /** Time for a TLS handshake, in milliseconds. @default 10000 */
  readonly handshakeTimeout?: number | undefined;
  /** How long `close` waits for connections to end by themselves, in milliseconds. @default 5000 */
  readonly closeTimeout?: number | undefined;
  /** User names and passwords. Excludes `authenticate`. @default every client is accepted */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** Decides about every login (ASCII token, SASL PLAIN). @default every client is accepted */
  readonly authenticate?: Authenticate | undefined;
  /** The protocols that clients may speak; `meta` includes `text`. @default ['text', 'meta', 'binary'] */
  readonly protocols?: readonly Protocol[] | undefined;
  /** Lets the command `shutdown` close the server. Otherwise it is refused. memcached's `-A`. @default false */
  readonly allowShutdown?: boolean | undefined;
  /** The reply to `version`. Clients derive features from it, and some parse it as a number. @default '1.6.18' */
  readonly version?: string | undefined;
  /** The clock; for tests. */
  readonly clock?: Clock | undefined;
}

/** Options as the server uses them. */
export interface ResolvedServerOptions {
  readonly address: ListenAddress;
  readonly mode: number | undefined;
  readonly tls: TlsOptions | undefined;
  readonly maxConnections: number;
  readonly maxBytes: number;
  readonly maxItemSize: number;
  readonly idleTimeout: number;
  readonly stallTimeout: number;
  readonly maxOutput: number;
  readonly requestTimeout: number;
  readonly handshakeTimeout: number;
  readonly closeTimeout: number;
  readonly authenticate: Authenticate | undefined;
  readonly protocols: readonly Protocol[];
  readonly allowShutdown: boolean;
  readonly version: string;
  readonly clock: Clock;
}

/** The defaults of `ServerOptions`. */
export const serverDefaults: Readonly<{
  host: string;
  port: number;
  maxConnections: number;
  maxBytes: number;
  maxItemSize: number;
  idleTimeout: number;
  stallTimeout: number;
  maxOutput: number;
  requestTimeout: number;
  handshakeTimeout: number;
  closeTimeout: number;
  protocols: readonly Protocol[];
  allowShutdown: boolean;
  version: string;
  clock: Clock;
}> = Object.freeze({
  host: '127.0.0.1',
  port: 11211,
  maxConnections: 1024,
  maxBytes: 64 * 1024 * 1024,
  maxItemSize: 1024 * 1024,
  idleTimeout: 0,
  stallTimeout: 60_000,
  maxOutput: 1024 * 1024,
  requestTimeout: 30_000,
  handshakeTimeout: 10_000,
  closeTimeout: 5000,
  protocols: Object.freeze(['text', 'meta', 'binary'] as const),
  allowShutdown: false,
  version: advertisedVersion,
  clock: systemClock,
});

/** memcached's bounds of `-I`. */
const smallestItemSize = 1024;
const largestItemSize = 1024 * 1024 * 1024;
/** What positions of 32 bits reach. */
const largestMemory = 32 * 1024 * 1024 * 1024;

const checks = check.options({
  host: check.text,
  port: check.whole(0, 65_535),
  path: check.text,
  fd: check.whole(3),
  mode: check.whole(0, 0o777),
  tls: check.object,
  maxConnections: check.whole(1),
  maxBytes: check.whole(smallestItemSize, largestMemory),
  maxItemSize: check.whole(smallestItemSize, largestItemSize),
  idleTimeout: check.ms(0),
  stallTimeout: check.ms(1),
  maxOutput: check.whole(1),
  requestTimeout: check.ms(0),
  handshakeTimeout: check.ms(1),
  closeTimeout: check.ms(0),
  users: check.object,
  authenticate: check.func,
  protocols: check.someOf('text', 'meta', 'binary'),
  allowShutdown: check.boolean,
  version: check.word,
  clock: check.object,
});

/** Reads options. Throws InvalidOptionError for one that is unknown, does not fit, or contradicts another. */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  checks(options, '');
  const all = { ...serverDefaults, ...check.defined(options) };
  exclude(options, 'path', 'host');
  exclude(options, 'path', 'port');
  for (const other of ['host', 'port', 'path'] as const) exclude(options, 'fd', other);
  exclude(options, 'users', 'authenticate');
  if (options.mode !== undefined && options.path === undefined) {
    throw new InvalidOptionError('option "mode" needs "path": only a Unix socket has permissions', 'mode');
  }
  // A bound on all items that is smaller than the default item makes the item smaller.
  const maxItemSize = options.maxItemSize ?? Math.min(all.maxItemSize, all.maxBytes);
  if (maxItemSize > all.maxBytes) {
    throw new InvalidOptionError(
      `option "maxItemSize" (${maxItemSize}) must not be above "maxBytes" (${all.maxBytes})`,
      options.maxItemSize === undefined ? 'maxBytes' : 'maxItemSize',
    );
  }
  return {
    ...all,
    maxItemSize,
    address: listenAddressOf(options, all),
    mode: options.mode,
    tls: options.tls,
    authenticate: options.users === undefined ? options.authenticate : passwordsOf(options.users),
  };
}

function exclude(options: ServerOptions, one: keyof ServerOptions, other: keyof ServerOptions): void {
  if (options[one] === undefined || options[other] === undefined) return;
  throw new InvalidOptionError(`options "${one}" and "${other}" contradict each other`, one);
}
