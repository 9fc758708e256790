/** The settings of a proxy process, whatever their source: a configuration file, the command line, files of others. */
import type { ProxyOptions } from 'memfleet/proxy';
import type { ProgramSettings } from './program-options.ts';

/** Whose configurations are understood. */
export const configKinds = ['memfleet', 'nutcracker', 'moxi'] as const;

/** The settings of a proxy process. Plain data: it can be sent to worker processes. */
export interface ProxySettings extends ProgramSettings {
  /** The options of the engine. */
  readonly proxy: ProxyOptions;
}

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
