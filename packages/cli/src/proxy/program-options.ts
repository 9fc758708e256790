/**
 * The options of the program around the engine, beside those of the library. The readers of configuration files,
 * `config print`, the defaults and the docs are made of the table. A flag in commands/proxy-command.ts with the name of
 * an option (`workers`, `logLevel` for `log.level`) overrides the file.
 */
import { kinds, type OptionTable } from 'memfleet/proxy';
import { addressForms, type ListenAddress, listenAddress, listenText } from '../option-values.ts';
import { leastTokenLength } from './admin/access.ts';
import { type FileKind, fileKind } from './config/file-kinds.ts';
import { fullOptions } from './config/full-options.ts';
import { logFormats, logLevels, type LogSettings } from './log-settings.ts';

const { flag, listOf, named, oneOf, secret, table, text, whole } = kinds;

/** The options of the program. */
export interface ProgramSettings {
  /** Where the HTTP endpoints listen; without it there are none. */
  readonly admin?: ListenAddress | undefined;
  /** Host names by which the HTTP endpoints may be asked, beside addresses, `localhost` and names without a dot. */
  readonly adminHosts: readonly string[];
  /** A secret that may read the HTTP endpoints, of at least 16 characters. */
  readonly adminToken?: string | undefined;
  /** Names that may read the HTTP endpoints, with their passwords. */
  readonly adminUsers: Readonly<Record<string, string>>;
  /** Everybody may read the HTTP endpoints, although other machines can reach them. */
  readonly insecureAdmin: boolean;
  /** Processes that share the listeners. */
  readonly workers: number;
  /**
   * Who accepts clients for several workers: each worker by itself, which hands over what it has more than others, or
   * the supervisor, which deals them out in turn.
   */
  readonly accept: 'supervisor' | 'workers';
  readonly log: LogSettings;
  /** Read the configuration again when its files change. */
  readonly watch: boolean;
}

/** `host:port`, `port`, `[v6]:port`, `/path`, `fd:3`. */
export const address: FileKind<ListenAddress> = fileKind<ListenAddress>(
  addressForms,
  (value) => {
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    try {
      return listenAddress(String(value));
    } catch {
      return undefined;
    }
  },
  listenText,
);

const log = {
  level: { kind: oneOf(...logLevels), default: 'info', about: 'trace, debug, info, warn, error, fatal, silent' },
  format: { kind: oneOf(...logFormats), default: 'auto', about: 'json, text, auto (text on a terminal)' },
} satisfies OptionTable<LogSettings>;

const isToken = (value: unknown): boolean => typeof value === 'string' && value.length >= leastTokenLength;

/** The table of the options. */
export const programOptions: OptionTable<ProgramSettings> = {
  admin: {
    kind: address,
    about: 'where the [endpoints](#endpoints) are: port, host:port or path',
  },
  adminHosts: {
    kind: listOf(text, 'a list of texts', 0),
    default: [],
    about:
      "host names that the [endpoints](#endpoints) accept in addition to addresses, `localhost`, the machine's name and names without a dot",
  },
  adminToken: {
    kind: { ...secret, wanted: 'a text of at least 16 characters', fits: isToken },
    about:
      'a secret of at least 16 characters that may read the [endpoints](#access): as a bearer token, or as the password of any name',
  },
  adminUsers: {
    kind: named(secret),
    default: {},
    about: 'names with passwords that may read the [endpoints](#access), by basic authentication',
  },
  insecureAdmin: {
    kind: flag,
    default: false,
    about: 'everybody may read the [endpoints](#access), although other machines can reach them',
  },
  workers: { kind: whole(1, 1024), default: 1, about: 'processes that share the listeners, see [Workers](#workers)' },
  accept: {
    kind: oneOf('workers', 'supervisor'),
    default: 'workers',
    about:
      'who accepts clients: with `workers`, each worker accepts by itself, and hands clients over to workers that have clearly fewer; `supervisor` deals them out in turn, which costs three times the CPU per client, see [Workers](#workers)',
  },
  log: {
    kind: table<LogSettings>(log),
    default: { level: log.level.default, format: log.format.default },
    about: 'what is logged, and how',
  },
  watch: { kind: flag, default: true, about: 'reads the configuration again when its files change' },
};

/** The defaults of the options. */
export const programDefaults: ProgramSettings = Object.freeze(fullOptions(programOptions, {}) as ProgramSettings);
