/**
 * What a proxy process is told, wherever it was read: a configuration file, the command line, another proxy's files.
 */
import type { ProxyOptions } from 'memfleet/proxy';
import type { ListenAddress } from '../option-values.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export const logFormats = ['auto', 'json', 'text'] as const;
/** Whose configurations are understood. */
export const configKinds = ['memfleet', 'nutcracker', 'moxi'] as const;

/** How logs are written. */
export interface LogSettings {
  readonly level: (typeof logLevels)[number];
  /** `auto`: text on a terminal, JSON elsewhere. */
  readonly format: (typeof logFormats)[number];
}

/** The settings of a proxy process, from whatever source. Plain data: it can be sent to worker processes. */
export interface ProxySettings {
  /** What the engine is told. */
  readonly proxy: ProxyOptions;
  /** Where the HTTP endpoints listen; undefined = there are none. */
  readonly admin: ListenAddress | undefined;
  /** Host names by which the HTTP endpoints may be asked, beside addresses, `localhost` and names without a dot. */
  readonly adminHosts: readonly string[];
  /** Processes that share the listeners. */
  readonly workers: number;
  readonly log: LogSettings;
  /** Read the configuration again when its files change. */
  readonly watch: boolean;
}

/** What settings have where they say nothing. */
export const settingsDefaults: Omit<ProxySettings, 'proxy'> = Object.freeze({
  admin: undefined,
  adminHosts: Object.freeze([]),
  workers: 1,
  log: Object.freeze({ level: 'info', format: 'auto' } as const),
  watch: true,
});

/** Settings with what was found beside them. */
export interface LoadedSettings {
  readonly settings: ProxySettings;
  /** Where they come from, for people. */
  readonly origin: string;
  /** What was understood and has no effect here, for the log. */
  readonly notes: readonly string[];
  /** The files that were read, with their contents. */
  readonly files: ReadonlyMap<string, string>;
}
