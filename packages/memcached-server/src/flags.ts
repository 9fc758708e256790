/**
 * The options of memcached 1.6.18 (`main`), in the order of its help, and what each does here. `help` is a line of
 * memcached's help, or says what is not the same.
 */
import type { OptionName } from './arguments.ts';
import { readExtended } from './extended-options.ts';
import { exitCodes, refuse } from './failure.ts';
import type { Settings } from './settings.ts';
import { decimal, size, whole } from './values.ts';

/** One option. */
export interface Flag extends OptionName {
  /** The name of the value in the help. */
  readonly value?: string;
  readonly help: string;
  readonly apply: (settings: Settings, value: string) => void;
}

const nothing = (): void => {};
const required = 'required' as const;

const sockets: readonly Flag[] = [
  {
    short: 'p',
    long: 'port',
    takes: required,
    value: 'num',
    help: 'TCP port to listen on (default: 11211; -1: a free one)',
    apply: (settings, value) => {
      settings.port = whole(value, '-p');
      settings.hasPort = true;
    },
  },
  {
    short: 'U',
    long: 'udp-port',
    takes: required,
    value: 'num',
    help: 'UDP port to listen on (default: 0, off)',
    apply: (settings, value) => {
      settings.udpPort = whole(value, '-U');
      settings.hasUdpPort = true;
    },
  },
  {
    short: 's',
    long: 'unix-socket',
    takes: required,
    value: 'file',
    help: 'UNIX socket to listen on (disables network support)',
    apply: (settings, value) => (settings.socketPath = value),
  },
  {
    short: 'a',
    long: 'unix-mask',
    takes: required,
    value: 'mask',
    help: 'access mask for UNIX socket, in octal (default: 700)',
    apply: (settings, value) => {
      if (!/^0?[0-7]{1,3}$/.test(value)) refuse(`-a: "${value}" is not an octal mask such as 0770`);
      settings.access = Number.parseInt(value, 8);
    },
  },
  {
    short: 'A',
    long: 'enable-shutdown',
    help: 'enable ascii "shutdown" command',
    apply: (settings) => (settings.allowShutdown = true),
  },
  {
    short: 'l',
    long: 'listen',
    takes: required,
    value: 'addr',
    help: 'interface to listen on (default: all); addr, addr:port, several with commas',
    apply: (settings, value) => settings.interfaces.push(value),
  },
];

const running: readonly Flag[] = [
  { short: 'd', long: 'daemon', help: 'run as a daemon', apply: (settings) => (settings.isDaemon = true) },
  { short: 'r', long: 'enable-coredumps', help: 'accepted, without effect', apply: nothing },
  {
    short: 'u',
    long: 'user',
    takes: required,
    value: 'user',
    help: 'assume identity of <username> (only when run as root; not needed then)',
    apply: (settings, value) => (settings.user = value),
  },
  {
    short: 'm',
    long: 'memory-limit',
    takes: required,
    value: 'num',
    help: 'item memory in megabytes (default: 64)',
    apply: (settings, value) => (settings.maxBytes = whole(value, '-m') * 1024 * 1024),
  },
  {
    short: 'M',
    long: 'disable-evictions',
    help: 'return error on memory exhausted instead of evicting',
    apply: (settings) => (settings.named['evictions'] = 'off'),
  },
  {
    short: 'c',
    long: 'conn-limit',
    takes: required,
    value: 'num',
    help: 'max simultaneous connections (default: 1024)',
    apply: (settings, value) => {
      settings.maxConnections = whole(value, '-c');
      if (settings.maxConnections <= 0) refuse('Maximum connections must be greater than 0');
    },
  },
  { short: 'k', long: 'lock-memory', help: 'accepted, without effect', apply: nothing },
  {
    short: 'v',
    long: 'verbose',
    takes: 'optional',
    help: 'level of "verbosity"; -vv prints the listening sockets',
    apply: (settings) => settings.verbosity++,
  },
  {
    short: 'P',
    long: 'pidfile',
    takes: required,
    value: 'file',
    help: 'save PID in <file>; removed at the end of a daemon',
    apply: (settings, value) => (settings.pidFile = value),
  },
];

/** Options about slabs and threads, which are not here: checked, and shown by `stats settings`. */
const shown: readonly Flag[] = [
  {
    short: 'f',
    long: 'slab-growth-factor',
    takes: required,
    value: 'num',
    help: 'accepted, without effect: there are no slabs',
    apply: (settings, value) => {
      const factor = decimal(value, '-f');
      if (factor <= 1) refuse('Factor must be greater than 1');
      settings.named['growth_factor'] = factor.toFixed(2);
    },
  },
  {
    short: 'n',
    long: 'slab-min-size',
    takes: required,
    value: 'bytes',
    help: 'accepted, without effect: there are no slabs',
    apply: (settings, value) => {
      settings.named['chunk_size'] = whole(value, '-n');
      if (settings.named['chunk_size'] === 0) refuse('Chunk size must be greater than 0');
    },
  },
  { short: 'L', long: 'enable-largepages', help: 'accepted, without effect', apply: nothing },
  {
    short: 't',
    long: 'threads',
    takes: required,
    value: 'num',
    help: 'accepted, without effect: there is one thread',
    apply: (settings, value) => {
      settings.named['num_threads'] = whole(value, '-t');
      if (settings.named['num_threads'] <= 0) refuse('Number of threads must be greater than 0');
    },
  },
];

const behaviour: readonly Flag[] = [
  {
    short: 'D',
    takes: required,
    value: 'char',
    help: 'the delimiter of prefixes in "stats detail", which is then on (default: ":")',
    apply: ({ named }, value) => {
      if (value === '') refuse('No delimiter specified');
      named['stat_key_prefix'] = value.charAt(0);
      named['detail_enabled'] = 'yes';
    },
  },
  {
    short: 'R',
    long: 'max-reqs-per-event',
    takes: required,
    value: 'num',
    help: 'maximum number of requests of a connection before others are served (default: 512)',
    apply: ({ named }, value) => {
      const count = whole(value, '-R');
      if (count === 0) refuse('Number of requests per event must be greater than 0');
      // memcached has no limit then.
      if (count > 0) named['reqs_per_event'] = count;
    },
  },
  { short: 'C', long: 'disable-cas', help: 'disable use of CAS', apply: ({ named }) => (named['cas_enabled'] = 'no') },
  {
    short: 'b',
    long: 'listen-backlog',
    takes: required,
    value: 'num',
    help: 'set the backlog queue limit (default: 1024)',
    apply: ({ named }, value) => (named['tcp_backlog'] = whole(value, '-b')),
  },
  {
    short: 'B',
    long: 'protocol',
    takes: required,
    value: 'name',
    help: 'protocol - one of ascii, binary, or auto (default: auto-negotiate)',
    apply: (settings, value) => {
      if (value !== 'auto' && value !== 'ascii' && value !== 'binary')
        refuse(
          `Invalid value for binding protocol: ${value}\n -- should be one of auto, binary, or ascii`,
          exitCodes.usage,
        );
      settings.protocol = value;
    },
  },
  {
    short: 'I',
    long: 'max-item-size',
    takes: required,
    value: 'num',
    help: 'adjusts max item size (default: 1m, min: 1k, max: 1024m)',
    apply: (settings, value) => (settings.itemSizeMax = size(value, '-I')),
  },
  {
    short: 'F',
    long: 'disable-flush-all',
    help: 'disable flush_all command',
    apply: ({ named }) => (named['flush_enabled'] = 'no'),
  },
  {
    short: 'X',
    long: 'disable-dumping',
    help: 'disable stats cachedump and lru_crawler metadump',
    apply: ({ named }) => (named['dump_enabled'] = 'no'),
  },
  {
    short: 'W',
    long: 'disable-watch',
    help: 'disable watch commands (live logging)',
    apply: ({ named }) => (named['watch_enabled'] = 'no'),
  },
];

const secrets: readonly Flag[] = [
  {
    short: 'S',
    long: 'enable-sasl',
    help: 'turn on Sasl authentication, with the user:password lines of the file MEMCACHED_SASL_PWDB',
    apply: (settings) => (settings.hasSasl = true),
  },
  {
    short: 'Y',
    long: 'auth-file',
    takes: required,
    value: 'file',
    help: 'enable ASCII protocol authentication; user:pass, a line each; read again at SIGHUP',
    apply: (settings, value) => (settings.authFile = value),
  },
  { short: 'Z', long: 'enable-ssl', help: 'enable TLS/SSL', apply: (settings) => (settings.tls.isOn = true) },
  {
    short: 'o',
    long: 'extended',
    takes: required,
    value: 'list',
    help: 'comma separated list of extended options:',
    apply: readExtended,
  },
];

const unsupported: readonly Flag[] = [
  {
    short: 'e',
    long: 'memory-file',
    takes: required,
    value: 'file',
    help: 'not supported: items are in the memory of this process',
    apply: () => refuse('-e is not supported: the items are in the memory of this process, not in a file'),
  },
  {
    short: 'N',
    long: 'napi-ids',
    takes: required,
    value: 'num',
    help: 'not supported: there is one thread',
    apply: () => refuse('-N is not supported: there is one thread'),
  },
];

/** All options but `-h`, `-i` and `-V`. */
export const flags: readonly Flag[] = [...sockets, ...running, ...shown, ...behaviour, ...secrets, ...unsupported];
