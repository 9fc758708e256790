/** Errors about options: they name the option and show its value, unless it is secret. */
import { isSecret, redact } from '../base/redact.ts';
import { InvalidOptionError } from './errors.ts';

/** Throws the error about one option; `''` is the options as a whole. */
export function fail(name: string, value: unknown, wanted: string): never {
  throw new InvalidOptionError(
    `option "${name === '' ? 'options' : name}" must be ${wanted}, not ${isSecret(name) ? kindOf(value) : show(value)}`,
    name,
  );
}

/** The path of a member: `pool.max`, `clusters["my cache"]`. */
export function memberOf(path: string, member: string): string {
  if (!/^[\w-]+$/.test(member)) return `${path}[${JSON.stringify(member)}]`;
  return path === '' ? member : `${path}.${member}`;
}

/** Runs a check that does not know the path of its options: errors then name the options below `path`. */
export function inside<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    const joint = error.option === '' || error.option.startsWith('[') ? '' : '.';
    throw new InvalidOptionError(`${path}: ${error.message}`, `${path}${joint}${error.option}`, { cause: error });
  }
}

/** A value for a message: JSON, or its type where it has no JSON (cycles, thousands of levels). */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  try {
    return redact(value) ?? String(value);
  } catch {
    return 'this object';
  }
}

/** The kind of an invalid secret, for a message. */
function kindOf(value: unknown): string {
  if (value === null || value === '') return value === null ? 'null' : 'an empty text';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

/** Whether the text contains a line feed or another control character. */
export function hasControls(value: string): boolean {
  return /\p{Cc}/u.test(value);
}

/** The entries that are given, without those that are undefined. */
export function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
