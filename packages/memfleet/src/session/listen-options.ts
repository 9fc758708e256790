/** Options of a listening socket and its connections, which a server and a listener of the proxy share. */
import type { TlsOptions } from 'node:tls';
import { InvalidOptionError } from '../core/errors.ts';
import { defined } from '../core/option-checks.ts';
import {
  bytes,
  func,
  type Kind,
  milliseconds,
  named,
  permissions,
  secret,
  someOf,
  text,
  whole,
} from '../core/option-kinds.ts';
import { type Complete, defaultsOf, type OptionTable } from '../core/option-table.ts';
import { type ListenAddress, listenAddressOf } from '../net/transport.ts';
import type { Protocol } from '../protocol/codec.ts';
import { type Authenticate, passwordsOf } from './authentication.ts';

/** Options of a listening socket and of its connections. */
export interface ListenOptions {
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
  /**
   * Speak TLS: options of `tls.createServer`, at least `key` and `cert`. A reload of the proxy may exchange them.
   * @default plain
   */
  readonly tls?: TlsOptions | undefined;
  /** The protocols that clients may speak; `meta` includes `text`. @default ['text', 'meta', 'binary'] */
  readonly protocols?: readonly Protocol[] | undefined;
  /** Closes a connection that sends nothing for this many milliseconds; 0 = never. @default 0 */
  readonly idleTimeout?: number | undefined;
  /** Closes a connection that reads none of its replies for this many milliseconds. @default 60000 */
  readonly stallTimeout?: number | undefined;
  /**
   * Closes a connection whose request is incomplete after this many milliseconds. A value above 1 MB has that long for
   * each megabyte. 0 = never. @default 30000
   */
  readonly requestTimeout?: number | undefined;
  /** Time for a TLS handshake, in milliseconds. @default 10000 */
  readonly handshakeTimeout?: number | undefined;
  /** Bytes of replies held for a slow reader. Above them its requests wait. @default 1048576 */
  readonly maxOutput?: number | undefined;
  /**
   * Bytes of replies held for a slow reader, above which its connection is closed. Never below `maxOutput`; by default
   * the server allows at least 64 of its largest items. @default 268435456
   */
  readonly maxHeldOutput?: number | undefined;
  /** User names and passwords (SASL PLAIN, ASCII token). Excludes `authenticate`. @default every client is accepted */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** Decides about every login (ASCII token, SASL PLAIN). @default every client is accepted */
  readonly authenticate?: Authenticate | undefined;
}

/** The options without a default. */
type Open = 'path' | 'fd' | 'mode' | 'tls' | 'users' | 'authenticate';

/** The defaults of a listening socket and its connections. */
export interface ListenDefaults extends Complete<ListenOptions, Open> {}

/** `ListenOptions` with nothing left open. */
export interface ResolvedListenOptions extends Complete<ListenOptions, Open | 'host' | 'port'> {
  readonly address: ListenAddress;
  readonly mode: number | undefined;
  readonly tls: TlsOptions | undefined;
  readonly authenticate: Authenticate | undefined;
}

const tls: Kind<TlsOptions> = {
  name: 'listenerTls',
  wanted: 'an object',
  fits: (value) => typeof value === 'object' && value !== null,
};

const options = {
  host: { kind: text, default: '127.0.0.1', about: 'the address or host name to listen on' },
  port: { kind: whole(0, 65_535), default: 11_211, defaultText: '11211', about: 'the TCP port; 0 chooses a free one' },
  path: { kind: text, about: 'listens on this Unix socket instead of `host` and `port`' },
  fd: { kind: whole(3), about: 'listens on an inherited socket with this file descriptor instead' },
  mode: { kind: permissions, defaultText: 'by umask', about: 'the permissions of the Unix socket: `0660`' },
  tls: {
    kind: tls,
    about:
      'TLS to the clients: `{ cert, key, ca, passphrase, requestCert, rejectUnauthorized, minVersion, ciphers }`, as of `tls.createServer`',
  },
  protocols: {
    kind: someOf('text', 'meta', 'binary'),
    default: Object.freeze(['text', 'meta', 'binary'] as const),
    about: 'the protocols that clients may speak; `meta` includes `text`',
  },
  idleTimeout: {
    kind: milliseconds(0),
    default: 0,
    about: 'closes a connection that sends nothing for this time; 0 = never',
  },
  stallTimeout: {
    kind: milliseconds(1),
    default: 60_000,
    about: 'closes a connection that reads none of its replies for this time',
  },
  requestTimeout: {
    kind: milliseconds(0),
    default: 30_000,
    about: 'closes a connection whose request is incomplete after this time; 0 = never',
  },
  handshakeTimeout: { kind: milliseconds(1), default: 10_000, about: 'time for the TLS handshake' },
  maxOutput: {
    kind: bytes(1),
    default: 1024 * 1024,
    about: 'replies held for a slow reader; above it, its requests wait',
  },
  maxHeldOutput: {
    kind: bytes(1),
    default: 256 * 1024 * 1024,
    about: 'replies held for a slow reader, above which it is closed; never below `maxOutput`',
  },
  users: {
    kind: named(secret),
    defaultText: 'every client is accepted',
    about: 'user names with passwords (SASL PLAIN, ASCII token)',
  },
  authenticate: {
    kind: func<Authenticate>(),
    defaultText: 'every client is accepted',
    about: 'a function that decides about every login, instead of `users`',
  },
} satisfies OptionTable<ListenOptions>;

/** The options of a listening socket. */
export const listenOptions: OptionTable<ListenOptions> = options;

/** The defaults of `ListenOptions`. */
export const listenDefaults: ListenDefaults = defaultsOf(options);

/**
 * Checked options, as listeners use them; other properties of `given` are copied. Throws InvalidOptionError for
 * conflicting options. `path`: the path of the options.
 */
export function resolveListen(given: ListenOptions, path: string): ResolvedListenOptions {
  const at = (name: keyof ListenOptions): string => (path === '' ? name : `${path}.${name}`);
  const exclude = (one: keyof ListenOptions, other: keyof ListenOptions): void => {
    if (given[one] === undefined || given[other] === undefined) return;
    throw new InvalidOptionError(`options "${at(one)}" and "${at(other)}" contradict each other`, at(one));
  };
  exclude('path', 'host');
  exclude('path', 'port');
  for (const other of ['host', 'port', 'path'] as const) exclude('fd', other);
  exclude('users', 'authenticate');
  if (given.mode !== undefined && given.path === undefined)
    throw new InvalidOptionError(`option "${at('mode')}" needs "path": only a Unix socket has permissions`, at('mode'));
  const { mode, tls, users } = given;
  const all = { ...listenDefaults, ...defined(given) };
  return {
    ...all,
    address: listenAddressOf(given, all),
    mode,
    tls,
    maxHeldOutput: Math.max(all.maxHeldOutput, all.maxOutput),
    authenticate: users === undefined ? given.authenticate : passwordsOf(users, at('users')),
  };
}
