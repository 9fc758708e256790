/** How a value of each kind is written in a configuration file. Secrets are never shown. */
import { type AnyRouteType, type Kind, type KindName, kinds, routeTypes } from 'memfleet/proxy';
import { parseSize } from '../../sizes.ts';
import { type FileKind, isTable, isText } from './file-kinds.ts';
import { nodeOptions } from './node-options.ts';
import type { Path } from './problem.ts';
import { readFileText, readListenerTls, readNodeTls, readSecret } from './secrets.ts';
import type { ValueReader } from './value-reader.ts';

type ReadValue = (reader: ValueReader, kind: Kind, value: unknown, path: Path) => unknown;

/** The function that reads values of a kind. */
export function readerOf(kind: Kind): ReadValue {
  const { read } = kind as Partial<FileKind<unknown>>;
  if (read === undefined) return readers[kind.name];
  return (reader, _kind, value, path) => read(value) ?? reader.misfit(value, path, kind.wanted);
}

/** As it stands in the file. */
const asItIs: ReadValue = (reader, kind, value, path) =>
  kind.fits(value) ? value : reader.misfit(value, path, kind.wanted);

/** Written in another way than programs do; `hint` says how. `convert` leaves alone what it does not know. */
function converted(convert: (value: unknown) => unknown, hint: (kind: Kind) => string): ReadValue {
  return (reader, kind, value, path) => {
    const result = convert(value);
    return kind.fits(result) ? result : reader.misfit(value, path, hint(kind));
  };
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1500`, `'500ms'`, `'1.5s'`, `'10m'`, `'1h'`, `'1d'` in a unit of `unit` milliseconds. */
function duration(value: unknown, unit: number): unknown {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(value.trim()) : null;
  return match === null ? value : (Number(match[1]) * (units[match[2] as string] as number)) / unit;
}

function octal(value: unknown): unknown {
  return typeof value === 'string' && /^0o?[0-7]{3}$/.test(value)
    ? Number.parseInt(value.replace('o', ''), 8)
    : undefined;
}

function range({ min = 0, max = Infinity }: Kind): string {
  return max >= Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
}

/** `'a', 'b' or 'c'` */
function quoted(names: readonly string[]): string {
  const all = names.map((name) => `'${name}'`);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
}

const readNodes: ReadValue = (reader, _kind, value, path) => {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return reader.misfit(value, path, 'a list of nodes');
  if (value.length === 0) return reader.report(path, 'must not be empty');
  return value.map((entry: unknown, index) => {
    const at = [...path, index];
    if (isTable(entry)) return reader.table(nodeOptions, entry, at);
    if (isText(entry)) return entry;
    return reader.misfit(entry, at, 'a node: host:port, or a table with host') ?? `stand-in-${index}`;
  });
};

const routeNames = Object.keys(routeTypes);

const readRoute: ReadValue = (reader, _kind, value, path) => {
  if (typeof value === 'string' && value !== '') return value;
  const wanted = `the name of a cluster or route, or a table with a type: ${quoted(routeNames)}`;
  if (!isTable(value)) return reader.misfit(value, path, wanted);
  const { type } = value;
  if (typeof type !== 'string' || !Object.hasOwn(routeTypes, type))
    return reader.misfit(type, [...path, 'type'], quoted(routeNames));
  const { options, about } = routeTypes[type] as AnyRouteType;
  return reader.table({ type: { kind: kinds.text, about }, ...options }, value, path);
};

/** A table, JSON, or the name of a file with it. */
const readBucketMap: ReadValue = (reader, _kind, value, path) => {
  if (isTable(value) || (typeof value === 'string' && value.trimStart().startsWith('{'))) return value;
  return readFileText(reader, value, path);
};

const readTexts: ReadValue = (reader, kind, value, path) => {
  if (typeof value === 'string' && value !== '') return value;
  return reader.list({ ...kind, name: 'text', wanted: 'a text', fits: isText }, value, path, 1);
};

const readText: ReadValue = (reader, kind, value, path) =>
  typeof value === 'string' && kind.fits(value) ? value : reader.misfit(value, path, kind.wanted);

const readers: Readonly<Record<KindName, ReadValue>> = {
  flag: asItIs,
  text: readText,
  whole: asItIs,
  number: asItIs,
  milliseconds: converted(
    (value) => duration(value, 1),
    (kind) => `milliseconds ${range({ ...kind, max: Infinity })}, or a time such as '500ms' or '4s'`,
  ),
  seconds: converted(
    (value) => duration(value, 1000),
    (kind) => `whole seconds ${range(kind)}, or a time such as '30s' or '1h'`,
  ),
  bytes: converted(
    (value) => (typeof value === 'string' ? parseSize(value) : value),
    (kind) => `bytes ${range(kind)}, or a size such as '64k' or '1m'`,
  ),
  permissions: converted(octal, () => "permissions such as '0660'"),
  choice: (reader, kind, value, path) =>
    kind.fits(value) ? value : reader.misfit(value, path, quoted(kind.choices ?? [])),
  list: (reader, { item, min }, value, path) => reader.list(item as Kind, value, path, min),
  table: (reader, { options = {} }, value, path) => reader.table(options, value, path),
  tableOrFalse: (reader, { options = {} }, value, path) => {
    if (value === false) return false;
    return isTable(value) ? reader.table(options, value, path) : reader.misfit(value, path, 'a table or false');
  },
  named: (reader, { item }, value, path) => reader.named(item as Kind, value, path),
  secret: (reader, kind, value, path) => {
    const secret = readSecret(reader, value, path);
    return secret === undefined || kind.fits(secret) ? secret : reader.misfit(secret, path, kind.wanted, false);
  },
  nodes: readNodes,
  nodeTls: (reader, _kind, value, path) => readNodeTls(reader, value, path),
  listenerTls: (reader, _kind, value, path) => readListenerTls(reader, value, path),
  bucketMap: readBucketMap,
  texts: readTexts,
  route: readRoute,
  live: asItIs,
};
