/** The options of the program around the engine, beside those of the library. */
import { kinds, type OptionTable } from 'memfleet/proxy';
import { addressForms, type ListenAddress, listenAddress } from '../option-values.ts';
import { type FileKind, fileKind } from './config/file-kinds.ts';
import {
  logFormats,
  logLevels,
  type LogSettings,
  type ProxySettings,
  settingsDefaults as defaults,
} from './settings.ts';

const { flag, listOf, oneOf, table, text, whole } = kinds;

/** `host:port`, `port`, `[v6]:port`, `/path`, `fd:3`. */
export const address: FileKind<ListenAddress> = fileKind<ListenAddress>(addressForms, (value) => {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  try {
    return listenAddress(String(value));
  } catch {
    return undefined;
  }
});

const log = {
  level: {
    kind: oneOf(...logLevels),
    default: defaults.log.level,
    about: 'trace, debug, info, warn, error, fatal, silent',
  },
  format: { kind: oneOf(...logFormats), default: defaults.log.format, about: 'json, text, auto (text on a terminal)' },
} satisfies OptionTable<LogSettings>;

/** The options of the program. */
export const settingsOptions: OptionTable<Omit<ProxySettings, 'proxy'>> = {
  admin: {
    kind: address,
    about: 'where the [endpoints](#endpoints) are: port, host:port or path',
  },
  adminHosts: {
    kind: listOf(text, 'a list of texts', 0),
    default: defaults.adminHosts,
    about:
      "host names that the [endpoints](#endpoints) accept in addition to addresses, `localhost`, the machine's name and names without a dot",
  },
  workers: {
    kind: whole(1, 1024),
    default: defaults.workers,
    about: 'processes that share the listeners, see [Workers](#workers)',
  },
  log: { kind: table<LogSettings>(log), about: 'what is logged, and how' },
  watch: { kind: flag, default: defaults.watch, about: 'reads the configuration again when its files change' },
};
