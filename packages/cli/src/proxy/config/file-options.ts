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
import { address, settingsOptions } from '../settings-options.ts';
import { type ProxySettings, settingsDefaults } from '../settings.ts';
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
  ...settingsOptions,
};

type FileSettings = Omit<ProxyOptions, 'listeners'> &
  Partial<Omit<ProxySettings, 'proxy'>> & { readonly listeners: readonly FileListener[] };

/** The settings that a document has. Throws ConfigError, with everything that is wrong. */
export function readSettings(reader: OptionReader, value: unknown): ProxySettings {
  const given = reader.table(fileOptions, value, []) as Partial<FileSettings> | undefined;
  given?.listeners?.forEach((listener, index) => checkAddress(reader, listener, ['listeners', index]));
  for (const [name, { nodes, couchbase }] of Object.entries(given?.clusters ?? {}))
    if (nodes === undefined && couchbase === undefined)
      reader.complain(['clusters', name, 'nodes'], 'is missing: a list of nodes');
  reader.finish();
  const { listeners, admin, adminHosts, workers, log, watch, ...proxy } = given as FileSettings;
  return {
    proxy: { ...proxy, listeners: listeners.map(({ listen, ...listener }) => ({ ...listener, ...listen })) },
    admin,
    adminHosts: adminHosts ?? settingsDefaults.adminHosts,
    workers: workers ?? settingsDefaults.workers,
    log: { ...settingsDefaults.log, ...log },
    watch: watch ?? settingsDefaults.watch,
  };
}

/** The ways to say where to listen exclude each other. */
function checkAddress(reader: OptionReader, listener: FileListener, path: Path): void {
  const where = (['listen', 'host', 'path', 'fd'] as const).filter((key) => listener[key] !== undefined);
  if (where.length > 1) reader.complain([...path, where[1] as string], `contradicts ${where[0]}`);
  else if (listener.port !== undefined && where[0] !== 'host' && where.length === 1)
    reader.complain([...path, 'port'], `contradicts ${where[0]}`);
  const isSocket = listener.path !== undefined || (listener.listen !== undefined && 'path' in listener.listen);
  if (listener.mode !== undefined && !isSocket)
    reader.complain([...path, 'mode'], 'only a Unix socket has permissions');
}
