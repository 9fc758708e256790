/** The settings of a proxy, or a configuration to look at, where it may be any kind of file. */
import { fail } from '../failure.ts';
import { type FileLoaders, type OriginArguments, originWith } from './command-line.ts';
import { loadFile } from './config/load-file.ts';
import { isFileName } from './moxi/cluster-config.ts';
import { loadMoxi } from './moxi/read-moxi.ts';
import { loadNutcracker } from './nutcracker/read-nutcracker.ts';
import type { configKinds, LoadedSettings } from './settings.ts';

const files: FileLoaders = {
  config: ({ config }) => loadFile(config as string),
  nutcracker: ({ nutcracker, refuseRedis }) => loadNutcracker(nutcracker as string, refuseRedis),
  moxi: ({ moxi, moxiBehaviors, listen }) => loadMoxi({ cluster: moxi as string, behaviors: moxiBehaviors, listen }),
};

/** The function that reads the settings, each time anew. Throws UsageError when it is not clear what is meant. */
export function originOf(given: OriginArguments): () => LoadedSettings {
  return originWith(given, files);
}

/** What `memfleet config` is to look at: a file of a kind, or the text of Moxi's command line. */
export interface ConfigArguments {
  /** @default 'memfleet'; with `moxi`, 'moxi' */
  readonly as?: (typeof configKinds)[number];
  /** `-z`. */
  readonly moxi?: string;
  /** `-Z`. */
  readonly moxiBehaviors?: string;
  /** With twemproxy's. */
  readonly refuseRedis?: true;
}

/** Is it what stands at the end of Moxi's command line instead of `-z`? No name of a file looks so. */
export function isMoxiText(word: string): boolean {
  return /^(?:\d+\s*=|(?:\w+=)?[^/]*https?:\/\/)/.test(word);
}

/**
 * Reads it. `words`: a file, or what stands at the end of a command line of Moxi. Throws ConfigError, and UsageError
 * when it is not clear what is meant.
 */
export function loadConfig(words: readonly string[], given: ConfigArguments): LoadedSettings {
  const [file, another] = words;
  const isMoxi = file !== undefined && given.moxi === undefined && (given.as ?? 'moxi') === 'moxi' && isMoxiText(file);
  if (isMoxi) return loadConfig([], { ...given, moxi: words.join(',') });
  if (another !== undefined) fail('say one file at a time');
  const { moxi, moxiBehaviors: behaviors, as = moxi === undefined ? 'memfleet' : 'moxi', refuseRedis } = given;
  if (refuseRedis === true && as !== 'nutcracker') fail('--refuse-redis needs --as nutcracker');
  if (file !== undefined && moxi !== undefined) fail('a file and -z contradict each other');
  if (moxi !== undefined && as !== 'moxi') fail(`--as ${as} and -z contradict each other`);
  if (behaviors !== undefined && as !== 'moxi') fail('-Z needs -z or --as moxi');
  if (moxi !== undefined) return loadMoxi({ cluster: moxi, behaviors });
  if (file === undefined) return fail('say what to look at: a file, or -z CONFIG');
  if (as === 'moxi') return loadMoxi({ cluster: isFileName(file) ? file : `./${file}`, behaviors });
  return as === 'nutcracker' ? loadNutcracker(file, refuseRedis) : loadFile(file);
}

/** Prints what is odd about a configuration, for commands that do not run it. */
export function tellNotes({ notes }: LoadedSettings): void {
  for (const note of notes) process.stderr.write(`memfleet: ${note}\n`);
}
