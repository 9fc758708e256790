/**
 * The tables of options and calls in the docs, made from the tables and doc comments of the code. A page has a place
 * for each:
 *
 *   <!-- options: client -->
 *   …
 *   <!-- /options -->
 */
import type { AnyOptions, Option } from '../../src/core/option-kinds.ts';
import { compressionAbout } from '../../src/couchbase/compression-options-about.ts';
import { couchbaseAbout } from '../../src/couchbase/options-about.ts';
import { retryAbout } from '../../src/policy/retry-options-about.ts';
import { backoffAbout, poolAbout } from '../../src/pool/options-about.ts';
import type { AnyRouteType } from '../../src/proxy/routes/route-type.ts';

const place = /(<!-- options: ([\w-]+) -->\n)[\s\S]*?(<!-- \/options -->)/g;

/** The page with its tables made anew. `tables`: by name, in Markdown. */
export function withTables(page: string, tables: Readonly<Record<string, string>>): string {
  return page.replaceAll(place, (_, begin: string, name: string, end: string) => {
    const table = tables[name];
    if (table === undefined) throw new Error(`there is no option table "${name}"`);
    return `${begin}\n${table}\n\n${end}`;
  });
}

/** The names of the tables that a page has a place for. */
export function tablesIn(page: string): string[] {
  return [...page.matchAll(place)].map((match) => match[2] ?? '');
}

type Texts = Readonly<Record<string, string>>;

/** Descriptions that are apart from their table, by the names of its options. */
const apart = new Map<string, Texts>(
  [backoffAbout, compressionAbout, couchbaseAbout, poolAbout, retryAbout].map((texts) => [
    namesOf(texts),
    { ...texts },
  ]),
);

function namesOf(options: object): string {
  return Object.keys(options).toSorted().join(' ');
}

/**
 * A table in Markdown. `isFile`: without the options that only a program can give. `texts`: the descriptions that are
 * apart from it.
 */
export function markdownOf(table: AnyOptions, isFile = false, texts: Texts = {}): string {
  const rows = rowsOf(table, '', isFile, texts).map(([name, value, about]) => `| ${name} | ${value} | ${about} |`);
  return ['| option | default | is |', '|---|---|---|', ...rows].join('\n');
}

/** The types of routes with their options, in Markdown. */
export function routesOf(types: readonly AnyRouteType[]): string {
  const rows = types.flatMap(({ type, about, options }) => [
    `| \`${type}\` | | | ${about} |`,
    ...rowsOf(options, '', true).map((row) => `| | ${row.join(' | ')} |`),
  ]);
  return ['| type | option | default | is |', '|---|---|---|---|', ...rows].join('\n');
}

const method = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(\w+)(?:<[^(]*>)?\(((?:(?!\n {2}\S)[\s\S])*?)options\?:/g;

/** The calls of a class with what their doc comments say, in Markdown. A call is a method that takes options. */
export function callsOf(source: string): string {
  const rows = [...source.matchAll(method)].map(([, comment = '', name = '', parameters = '']) => {
    const given = [...parameters.matchAll(/(?:^|,)\s*(\w+)(\??)(?=:| =)/g)];
    const names = given.map(([, parameter = '', optional = '']) => parameter + optional);
    const text = comment.replaceAll(/\s*\n\s*\* ?/g, ' ').replaceAll('|', String.raw`\|`);
    return `| \`${name}(${names.join(', ')})\` | ${text.trim()} |`;
  });
  return ['| call | does and returns |', '|---|---|', ...rows].join('\n');
}

type Row = readonly [name: string, value: string, about: string];

function rowsOf(table: AnyOptions, prefix: string, isFile: boolean, given?: Texts): Row[] {
  const texts: Texts = given ?? apart.get(namesOf(table)) ?? {};
  return Object.entries(table).flatMap(([name, option]): Row[] => {
    const { kind } = option;
    if (isFile && kind.name === 'live') return [];
    const about = option.about ?? texts[name];
    if (about === undefined) throw new Error(`nothing describes the option ${prefix}${name}`);
    const inner = kind.options === undefined ? [] : rowsOf(kind.options, `${prefix}${name}.`, isFile);
    return [[`\`${prefix}${name}\``, defaultOf(option), about], ...inner];
  });
}

/** The default of an option, as people read it. */
export function defaultOf({ kind, default: value, defaultText, isRequired }: Option): string {
  if (defaultText !== undefined) return defaultText;
  if (isRequired === true) return 'required';
  if (value === undefined || kind.options !== undefined) return '–';
  if (typeof value === 'number') return numberOf(value, kind.name);
  if (typeof value === 'string') return value === '' ? '–' : `\`${value}\``;
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.map((entry) => `\`${String(entry)}\``).join(', ');
  return typeof value === 'boolean' ? String(value) : `\`${JSON.stringify(value)}\``;
}

const units = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;

function numberOf(value: number, kind: string): string {
  if (kind === 'bytes') {
    const [unit, size] = units.find(([, bytes]) => value >= bytes && value % bytes === 0) ?? (['bytes', 1] as const);
    return `${value / size} ${unit}`;
  }
  if (kind === 'milliseconds' && value > 0) return value % 1000 === 0 ? `${value / 1000} s` : `${value} ms`;
  if (kind === 'seconds' && value > 0) return `${value} s`;
  return value < 10_000 ? String(value) : String(value).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}
