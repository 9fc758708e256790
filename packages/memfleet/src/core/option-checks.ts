import { isSecret, redact } from '../base/redact.ts';
/**
 * Checks of options at a door, as tables: the name of each option with what it takes. Every complaint is an
 * InvalidOptionError that names the option.
 */
import { InvalidOptionError } from './errors.ts';

/** Throws InvalidOptionError when the value does not fit the option of that name. */
export type Check = (value: unknown, name: string) => void;

/** Throws the complaint about one option; `''` is all of them. */
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

/** Runs what does not know where its options stand: complaints are then about those below `path`. */
export function inside<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    const joint = error.option === '' || error.option.startsWith('[') ? '' : '.';
    throw new InvalidOptionError(`${path}: ${error.message}`, `${path}${joint}${error.option}`, { cause: error });
  }
}

/** A value for a message: JSON, or what it is where that cannot be written (cycles, thousands of levels). */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  try {
    return redact(value) ?? String(value);
  } catch {
    return 'this object';
  }
}

/** What a secret that does not fit is. */
function kindOf(value: unknown): string {
  if (value === null || value === '') return value === null ? 'null' : 'an empty text';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

/** A finite number from `min` to `max`. */
export function number(min: number, max: number, wanted: string): Check {
  return (value, name) => {
    if (typeof value !== 'number' || !(value >= min && value <= max)) fail(name, value, wanted);
  };
}

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number = Number.MAX_SAFE_INTEGER): Check {
  const wanted = `a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`}`;
  return (value, name) => {
    if (!Number.isInteger(value) || !((value as number) >= min && (value as number) <= max)) {
      fail(name, value, wanted);
    }
  };
}

/** A time in milliseconds, from `min`; not more than a timer takes. */
export function ms(min: number): Check {
  return number(min, 0x7fffffff, `milliseconds from ${min}`);
}

/** A text that is not empty. */
export const text: Check = (value, name) => {
  if (typeof value !== 'string' || value === '') fail(name, value, 'a text');
};

/** A text without blanks, line ends and other bytes that a line of the protocol cannot carry as one word. */
export const word: Check = (value, name) => {
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    fail(name, value, 'a text of printable ASCII characters without blanks');
  }
};

/** A name that stands in lines of statistics and logs: a text without control characters. */
export const name: Check = (value, option) => {
  text(value, option);
  if (hasControls(value as string)) fail(option, value, 'a text without control characters');
};

/** Is there a line feed or another control character in it? */
export function hasControls(value: string): boolean {
  return /\p{Cc}/u.test(value);
}

/** A text, which may be empty. */
export const anyText: Check = (value, name) => {
  if (typeof value !== 'string') fail(name, value, 'a text');
};

/** Whatever is looked at elsewhere. */
export const any: Check = () => {};

/** True or false. */
export const boolean: Check = (value, name) => {
  if (typeof value !== 'boolean') fail(name, value, 'true or false');
};

/** One of the choices. */
export function oneOf(...choices: readonly string[]): Check {
  const wanted = `one of ${choices.map((choice) => `"${choice}"`).join(', ')}`;
  return (value, name) => {
    if (!choices.includes(value as string)) fail(name, value, wanted);
  };
}

/** A function. */
export const func: Check = (value, name) => {
  if (typeof value !== 'function') fail(name, value, 'a function');
};

/** An object. */
export const object: Check = (value, name) => {
  if (typeof value !== 'object' || value === null) fail(name, value, 'an object');
};

/** A list, not empty, of some of the choices. */
export function someOf(...choices: readonly string[]): Check {
  const wanted = `a list of ${choices.map((choice) => `"${choice}"`).join(', ')}`;
  return (value, name) => {
    const fits = Array.isArray(value) && value.length > 0 && value.every((entry) => choices.includes(entry as string));
    if (!fits) fail(name, value, wanted);
  };
}

/** An object with the options of the table and no others. An option that is undefined is as one that is not there. */
export function options(checks: Readonly<Record<string, Check>>): Check {
  return (value, name) => {
    if (typeof value !== 'object' || value === null) fail(name, value, 'an object');
    const prefix = name === '' ? '' : `${name}.`;
    for (const [key, entry] of Object.entries(value)) {
      const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
      if (check === undefined) {
        throw new InvalidOptionError(
          `unknown option "${prefix}${key}"; known: ${Object.keys(checks).join(', ')}`,
          memberOf(name, key),
        );
      }
      if (entry !== undefined) check(entry, `${prefix}${key}`);
    }
  };
}

/** The entries that are given, without those that are undefined. */
export function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
