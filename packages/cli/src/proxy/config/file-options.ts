/** The whole of a configuration file: the options of the library and of the program, in their names. */
import {
  type AnyOptions,
  type FleetSettings,
  kinds,
  listenerOptions,
  type ListenerSpec,
  proxyFleetOptions,
  proxyOptions,
  type ProxyOptions,
} from 'memfleet/proxy';
import type { ListenAddress } from '../../option-values.ts';
import { address, programOptions, type ProgramSettings } from '../program-options.ts';
import type { ProxySettings } from '../settings.ts';
import { fullOptions } from './full-options.ts';
import type { OptionReader } from './option-reader.ts';
import type { Path } from './problem.ts';

const { listOf, named, table } = kinds;

/** A listener in a file: `listen` says host and port, or the path, in one text. */
type FileListener = ListenerSpec & { readonly listen?: ListenAddress };

const fileListener: AnyOptions = { listen: { kind: address, about: 'the address in one text' }, ...listenerOptions };

const fileOptions: AnyOptions = {
  ...proxyOptions,
  listeners: { ...proxyOptions.listeners, kind: listOf(table<FileListener>(fileListener), 'a list', 1) },
  clusters: { ...proxyOptions.clusters, kind: named(table<FleetSettings>(proxyFleetOptions), 'a table') },
  ...programOptions,
};

type FileSettings = Omit<ProxyOptions, 'listeners'> &
  Partial<ProgramSettings> & { readonly listeners: readonly FileListener[] };

/** What a reader of a document has made of it. */
export interface ReadDocument {
  readonly settings: ProxySettings;
  /** The names of clusters and routes are known, so what refers to them can be judged. */
  readonly hasNames: boolean;
}

/**
 * The settings that a document has. What is wrong with its values is then among the reader's problems, and stand-ins
 * are in their place. Throws ConfigError for a document that is no table.
 */
export function readSettings(reader: OptionReader, value: unknown): ReadDocument {
  const given = reader.table(fileOptions, value, []) as Partial<FileSettings> | undefined;
  given?.listeners?.forEach((listener, index) => checkAddress(reader, listener, ['listeners', index]));
  for (const [name, { nodes, couchbase }] of Object.entries(given?.clusters ?? {}))
    if (nodes === undefined && couchbase === undefined && !reader.hasProblem(['clusters', name, 'nodes']))
      reader.report(['clusters', name, 'nodes'], 'is missing: a list of nodes');
  if (given === undefined) reader.finish();
  const { listeners, ...others } = given as FileSettings;
  const proxy = Object.entries(others).filter(([name]) => !Object.hasOwn(programOptions, name));
  const settings = {
    ...(fullOptions(programOptions, others) as ProgramSettings),
    proxy: {
      ...(Object.fromEntries(proxy) as Omit<ProxyOptions, 'listeners'>),
      listeners: listeners.map(({ listen, ...listener }, index) =>
        reader.hasProblem(['listeners', index]) ? somewhere(listener) : { ...listener, ...listen },
      ),
    },
  };
  return { settings, hasNames: !['clusters', 'routes'].some((key) => reader.hasProblemAt([key])) };
}

/** A listener whose address is wrong, at another address, so that it conflicts with no other listener. */
function somewhere(given: ListenerSpec): ListenerSpec {
  const { host: _host, path: _path, fd: _fd, mode: _mode, ...listener } = given;
  return { ...listener, port: 0 };
}

/** The ways to say where to listen exclude each other. */
function checkAddress(reader: OptionReader, listener: FileListener, path: Path): void {
  const where = (['listen', 'host', 'path', 'fd'] as const).filter((key) => listener[key] !== undefined);
  if (where.length > 1) reader.report([...path, where[1] as string], `contradicts ${where[0]}`);
  else if (listener.port !== undefined && where[0] !== 'host' && where.length === 1)
    reader.report([...path, 'port'], `contradicts ${where[0]}`);
  const isSocket = listener.path !== undefined || (listener.listen !== undefined && 'path' in listener.listen);
  if (listener.mode !== undefined && !isSocket) reader.report([...path, 'mode'], 'only a Unix socket has permissions');
}
