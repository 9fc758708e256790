/** The text of a file that the command line names. */
import type { ReadContext } from './context.ts';
import { ConfigError } from './problem.ts';

/** The text of the file itself. Throws ConfigError. */
export function readText(context: ReadContext, path: string, file: string): string {
  try {
    return context.read(path);
  } catch (error) {
    throw new ConfigError([{ file, position: undefined, key: '', message: (error as Error).message }]);
  }
}
