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

/** Options of `createServer`. Times are in milliseconds, sizes in bytes. */
export interface ServerOptions {
  /** @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** TCP port; 0 takes any that is free. @default 11211 */
  readonly port?: number | undefined;
  /** Listen on this Unix socket instead. Not together with `host` or `port`. */
  readonly path?: string | undefined;
  /** Accept on a socket that listens already and was handed over as this descriptor, from 3. Not together with `host`, `port` or `path`. */
  readonly fd?: number | undefined;
  /** Permissions of the Unix socket, such as 0o700. @default what the umask gives */
  readonly mode?: number | undefined;
  /** Speak TLS: options of `tls.createServer`, at least `key` and `cert`. @default plain */
  readonly tls?: TlsOptions | undefined;
  /** Connections; one more is told `ERROR Too many open connections` and closed. @default 1024 */
  readonly maxConnections?: number | undefined;
  /**
   * Memory that all items together may take, with what is needed to find them; beyond it the oldest go that were not used. It is outside the heap of V8. At most 32 GB.
   * memcached's `-m`. @default 67108864
   */
  readonly maxBytes?: number | undefined;
  /** What one item may count: key, value and about 60 bytes. memcached's `-I`. @default 1048576 */
  readonly maxItemSize?: number | undefined;
  /** Close a connection that is silent for so long; 0 = never. @default 0 */
  readonly idleTimeout?: number | undefined;
  /** Close a connection that reads nothing of its answers for so long. @default 60000 */
  readonly stallTimeout?: number | undefined;
  /** Answers held for a slow reader above which its requests wait. @default 1048576 */
  readonly maxOutput?: number | undefined;
  /** Close a connection whose request is not complete after so long, a value above 1 MB after so long for each megabyte; 0 = never. @default 30000 */
  readonly requestTimeout?: number | undefined;
  /** How long a TLS handshake may take. @default 10000 */
  readonly handshakeTimeout?: number | undefined;
  /** How long `close` waits for connections to end by themselves. @default 5000 */
  readonly closeTimeout?: number | undefined;
  /** Who may come in, with their passwords. Not together with `authenticate`. @default everybody */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** Asked for every login (ASCII token, SASL PLAIN). @default everybody may come in */
  readonly authenticate?: Authenticate | undefined;
  /** The protocols spoken; `meta` includes `text`. @default ['text', 'meta', 'binary'] */
  readonly protocols?: readonly Protocol[] | undefined;
  /** The command `shutdown` closes the server; otherwise it is refused. memcached's `-A`. @default false */
  readonly allowShutdown?: boolean | undefined;
  /** What `version` says. Clients conclude from it what a server can, and some read it as a number. @default '1.6.18' */
  readonly version?: string | undefined;
  /** Time; for tests. */
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
