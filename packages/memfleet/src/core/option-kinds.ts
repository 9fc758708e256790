/**
 * The kinds of values that options take. A kind is data: the checks, the configuration file, the connection string and
 * the tables in the docs are made from it.
 */
import { hasControls } from './option-checks.ts';

/** The name of a kind. Readers of texts (files, connection strings) choose the parser by it. */
export type KindName =
  | 'flag'
  | 'text'
  | 'whole'
  | 'number'
  | 'milliseconds'
  | 'seconds'
  | 'bytes'
  | 'permissions'
  | 'choice'
  | 'list'
  | 'table'
  /** A table, or false. */
  | 'tableOrFalse'
  /** A table whose keys are names that the user gives. */
  | 'named'
  | 'secret'
  | 'nodes'
  | 'nodeTls'
  | 'listenerTls'
  | 'bucketMap'
  /** One text, or a list of texts. */
  | 'texts'
  /** A route of the proxy. */
  | 'route'
  /** Objects and functions that only a program can pass. */
  | 'live';

/** The kind of values that an option accepts. */
export interface Kind<T = unknown> {
  /** The name by which readers of texts choose the parser. */
  readonly name: KindName;
  /** The description for error messages: `a whole number from 1`. */
  readonly wanted: string;
  /** Whether the value is valid. */
  fits(value: unknown): boolean;
  /**
   * Checks the value in place of `fits`, with its own error message. Throws InvalidOptionError. `path`: the path of the
   * value.
   */
  readonly check?: (value: unknown, path: string) => void;
  /** The least value of a number; the least number of entries of a list or of named tables. */
  readonly min?: number;
  /** The largest value of a number. */
  readonly max?: number;
  /** The texts to choose from. */
  readonly choices?: readonly string[];
  /** The kind of the entries, of lists and named tables. */
  readonly item?: Kind;
  /** The options within, of tables. */
  readonly options?: AnyOptions;
  /** Never set: it ties the kind to the type of its values. */
  readonly takes?: T;
}

/** One option. */
export interface Option<T = unknown> {
  /** The kind of the option's values. */
  readonly kind: Kind<T>;
  /** The default value. */
  readonly default?: T;
  /** The default as the docs describe it, where it is not a fixed value. */
  readonly defaultText?: string;
  /** Whether the option is required. */
  readonly isRequired?: true;
  /** An explicit `undefined` is refused: it is usually a variable that was not set. */
  readonly refusesUndefined?: true;
  /** Its names in other clients, for errors about unknown options. */
  readonly aka?: readonly string[];
  /** The description of the option for the docs: a line of Markdown. Those of clients are apart (`About`). */
  readonly about?: string;
}

/** A table of options whose interface is not known. */
export type AnyOptions = Readonly<Record<string, Option>>;

/** True or false. */
export const flag: Kind<boolean> = {
  name: 'flag',
  wanted: 'true or false',
  fits: (value) => typeof value === 'boolean',
};

function textOf(wanted: string, fits: (value: string) => boolean): Kind<string> {
  return { name: 'text', wanted, fits: (value) => typeof value === 'string' && fits(value) };
}

/** A text that is not empty. */
export const text: Kind<string> = textOf('a text', (value) => value !== '');

/** A text, which may be empty. */
export const anyText: Kind<string> = textOf('a text', () => true);

/** A text that is one word on a protocol line. */
export const word: Kind<string> = textOf('a text of printable ASCII characters without blanks', (value) =>
  /^[\x21-\x7e]+$/.test(value),
);

/** A name that appears in lines of statistics and logs. */
export const label: Kind<string> = textOf(
  'a text without control characters',
  (value) => value !== '' && !hasControls(value),
);

/** A text that is secret. */
export const secret: Kind<string> = { ...anyText, name: 'secret' };

function numberOf(name: KindName, min: number, max: number, wanted: string): Kind<number> {
  const isWhole = name !== 'number' && name !== 'milliseconds';
  const fits = (value: unknown): boolean =>
    typeof value === 'number' && value >= min && value <= max && (!isWhole || Number.isInteger(value));
  return { name, wanted, fits, min, max };
}

function range(min: number, max: number): string {
  return max === Infinity || max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
}

/** A number from `min` to `max`. */
export function number(min: number, max: number = Infinity): Kind<number> {
  return numberOf('number', min, max, `a number ${range(min, max)}`);
}

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  return numberOf('whole', min, max, `a whole number ${range(min, max)}`);
}

/** A size in bytes. */
export function bytes(min: number, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  return numberOf('bytes', min, max, `a whole number ${range(min, max)}`);
}

/** A time in milliseconds; not more than a timer takes. */
export function milliseconds(min: number): Kind<number> {
  return numberOf('milliseconds', min, 0x7fffffff, `milliseconds from ${min}`);
}

/** A time in whole seconds. */
export function seconds(min: number): Kind<number> {
  return numberOf('seconds', min, Number.MAX_SAFE_INTEGER, `whole seconds from ${min}`);
}

/** Permissions of a file. */
export const permissions: Kind<number> = numberOf('permissions', 0, 0o777, 'a whole number from 0 to 511 (0o777)');

/** One of the choices. */
export function oneOf<const T extends string>(...choices: readonly T[]): Kind<T> {
  const wanted = `one of ${choices.map((choice) => `"${choice}"`).join(', ')}`;
  return { name: 'choice', wanted, fits: (value) => choices.includes(value as T), choices };
}

/** A list with at least `min` entries. */
export function listOf<T>(item: Kind<T>, wanted: string, min = 1): Kind<readonly T[]> {
  const fits = (value: unknown): boolean =>
    Array.isArray(value) && value.length >= min && value.every((entry) => item.fits(entry));
  return { name: 'list', wanted, fits, min, item };
}

/** A list, not empty, of some of the choices. */
export function someOf<const T extends string>(...choices: readonly T[]): Kind<readonly T[]> {
  return listOf(oneOf(...choices), `a list of ${choices.map((choice) => `"${choice}"`).join(', ')}`);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** An object with the options of a table and no others. */
export function table<T extends object>(options: AnyOptions): Kind<T> {
  return { name: 'table', wanted: 'an object', fits: isObject, options };
}

/** The same, or false. */
export function tableOrFalse<T extends object>(options: AnyOptions): Kind<T | false> {
  return {
    name: 'tableOrFalse',
    wanted: 'an object or false',
    fits: (value) => value === false || isObject(value),
    options,
  };
}

/** An object of entries by names that the user chooses. The code that uses the entries checks them. */
export function named<T>(item: Kind<T>, wanted = 'an object', min = 0): Kind<Readonly<Record<string, T>>> {
  return { name: 'named', wanted, fits: isObject, item, min };
}

/** An object that only a program can pass. */
export function live<T extends object>(wanted = 'an object', fits: (value: unknown) => boolean = isObject): Kind<T> {
  return { name: 'live', wanted, fits };
}

/** A function. */
export function func<T extends (...parts: never) => unknown>(): Kind<T> {
  return live<T>('a function', (value) => typeof value === 'function');
}
