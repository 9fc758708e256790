/**
 * Options are declared once, as a table:
 *
 *   interface PoolOptions { max?: number }        hand-written, for the hover
 *            ▲ satisfies
 *   table { max: { kind, default, about } } ─┬▶ checkOptions    the error names the option
 *                                            ├▶ defaultsOf      the default values
 *                                            ├▶ readers         connection string, configuration file, `config print`
 *                                            └▶ the docs        `npm run docs:options`, compared by a test of the house
 *
 * The descriptions of the options of a client are apart (`options-about.ts` beside the table), because every bundle of
 * a client has its tables.
 *
 * A table is made once, when its module is loaded. An option that the interface has and the table has not, or the
 * reverse, does not compile.
 */
import { InvalidOptionError } from './errors.ts';
import { fail, memberOf, show } from './option-checks.ts';
import type { AnyOptions, Kind, Option } from './option-kinds.ts';
import { suggestion } from './suggestion.ts';

/** A table for the options of an interface. */
export type OptionTable<Options> = {
  readonly [Name in keyof Options]-?: Option<Exclude<Options[Name], undefined>>;
};

/** The descriptions of the options of an interface for the docs, apart from the table: no client loads them. */
export type About<Options> = { readonly [Name in keyof Options]-?: string };

/**
 * Throws InvalidOptionError for an option that is unknown, missing or invalid. `undefined` counts as absent. `path`:
 * the path of the options.
 */
export function checkOptions(table: AnyOptions, given: unknown, path: string): void {
  if (typeof given !== 'object' || given === null) fail(path, given, 'an object');
  const placeOf = (name: string): string => (path === '' ? name : `${path}.${name}`);
  for (const [name, value] of Object.entries(given)) {
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    if (option === undefined) {
      const words = meaningOf(table, name, path) ?? suggestion(name, Object.keys(table), placeOf);
      throw new InvalidOptionError(`unknown option "${placeOf(name)}"${words}`, memberOf(path, name));
    }
    if (value !== undefined) checkKind(option.kind, value, placeOf(name));
    else if (option.refusesUndefined === true) refuseUndefined(option, placeOf(name));
  }
  for (const [name, { isRequired, kind }] of Object.entries(table))
    if (isRequired === true && (given as Record<string, unknown>)[name] === undefined)
      throw new InvalidOptionError(`option "${placeOf(name)}" is missing: ${kind.wanted}`, placeOf(name));
}

/**
 * `; use "pool.max"`: the option of the table, or of a table within, that a name of another client stands for. Beside
 * it, the option of that very name in a table within: `; use "transcoder" or "couchbase.compression"`.
 */
function meaningOf(table: AnyOptions, name: string, path: string): string | undefined {
  const wanted = name.toLowerCase();
  const places = [placeIn(table, wanted), placeWithin(table, wanted, isNamed)].filter((place) => place !== undefined);
  if (places.length === 0) return undefined;
  const shown = places.map((place) => `"${path === '' ? place : `${path}.${place}`}"`);
  return `; use ${[...new Set(shown)].join(' or ')}`;
}

type Fits = (wanted: string, known: string, option: Option) => boolean;

const isNamed: Fits = (wanted, known) => known.toLowerCase() === wanted;
const isMeant: Fits = (wanted, known, { aka = [] }) =>
  known.toLowerCase() === wanted || aka.some((other) => other.toLowerCase() === wanted);

function placeIn(table: AnyOptions, wanted: string, fits = isMeant): string | undefined {
  const own = Object.entries(table).find(([known, option]) => fits(wanted, known, option));
  return own === undefined ? placeWithin(table, wanted, fits) : own[0];
}

function placeWithin(table: AnyOptions, wanted: string, fits: Fits): string | undefined {
  for (const [outer, { kind }] of Object.entries(table)) {
    const inner = kind.options === undefined ? undefined : placeIn(kind.options, wanted, fits);
    if (inner !== undefined) return `${outer}.${inner}`;
  }
  return undefined;
}

function refuseUndefined(option: Option, path: string): never {
  const hint = option.default === undefined ? '' : `; leave it out for ${show(option.default)}`;
  throw new InvalidOptionError(`option "${path}" is undefined (a variable that is not set?)${hint}`, path);
}

function checkKind(kind: Kind, value: unknown, path: string): void {
  if (kind.check !== undefined) kind.check(value, path);
  else if (!kind.fits(value)) fail(path, value, kind.wanted);
  else if (kind.options !== undefined && value !== false) checkOptions(kind.options, value, path);
}

/** The type of the defaults: all options are set, and those of `Open` are left out. */
export type Complete<Options, Open extends keyof Options = never> = {
  readonly [Name in keyof Options as Exclude<Name, Open>]-?: Exclude<Options[Name], undefined>;
};

/** The options of a table that have a default, with that default. */
export type Defaults<Table> = {
  readonly [
    Name in keyof Table as Table[Name] extends { readonly default: unknown } ? Name : never
  ]: Table[Name] extends {
    readonly default: infer Value;
  }
    ? Value
    : never;
};

/** The default values of a table. */
export function defaultsOf<Table extends AnyOptions>(table: Table): Defaults<Table> {
  const defaults = Object.entries(table).flatMap(([name, option]) =>
    option.default === undefined ? [] : [[name, option.default] as const],
  );
  return Object.freeze(Object.fromEntries(defaults)) as Defaults<Table>;
}

/** The table with other defaults, also within tables. */
export function withDefaults<Table extends AnyOptions>(table: Table, defaults: object): Table {
  const changed = Object.entries(defaults).map(([name, value]: [string, unknown]) => {
    const option = table[name] as Option;
    const { kind } = option;
    if (kind.options === undefined) return [name, { ...option, default: value }] as const;
    const options = withDefaults(kind.options, value as object);
    return [name, { ...option, kind: { ...kind, options }, default: defaultsOf(options) }] as const;
  });
  return { ...table, ...Object.fromEntries(changed) };
}
