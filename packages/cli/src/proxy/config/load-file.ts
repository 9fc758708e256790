/** Reads a configuration file of ours. */
import { dirname, resolve } from 'node:path';
import type { LoadedSettings } from '../settings.ts';
import { checkOptions } from './check-options.ts';
import { ReadContext } from './context.ts';
import { parseDocument } from './document.ts';
import { readSettings } from './file-options.ts';
import { OptionReader } from './option-reader.ts';
import { ConfigError } from './problem.ts';

/** Throws ConfigError, with everything that is wrong. */
export function loadFile(file: string, environment?: Readonly<Record<string, string | undefined>>): LoadedSettings {
  const context = new ReadContext(dirname(resolve(file)), environment);
  const document = parseDocument(readText(context, resolve(file), file), file);
  const settings = readSettings(new OptionReader(document, context), document.value);
  checkOptions(settings.proxy, document.problem);
  return { settings, origin: file, notes: context.notes, files: context.files };
}

/** The text of the file itself. Throws ConfigError. */
export function readText(context: ReadContext, path: string, file: string): string {
  try {
    return context.read(path);
  } catch (error) {
    throw new ConfigError([{ file, position: undefined, key: '', message: (error as Error).message }]);
  }
}
