/** A configuration as it is understood, as plain data. */
import {
  type FleetSettings,
  listenerOptions,
  type ListenerSpec,
  proxyFleetOptions,
  proxyOptions,
} from 'memfleet/proxy';
import { programOptions, type ProgramSettings } from '../program-options.ts';
import type { LoadedSettings, ProxySettings } from '../settings.ts';
import type { FileKind } from './file-kinds.ts';
import { fullOptions } from './full-options.ts';
import { redact } from './redact.ts';

/** The configuration as plain data, without secrets, for the admin endpoint. */
export function shownSettings({ settings, files }: LoadedSettings): unknown {
  return redact(configOf(withDefaults(settings)), files);
}

/** Settings in the shape of a configuration file. */
export function configOf({ proxy, ...program }: ProxySettings): Record<string, unknown> {
  const { listeners, clusters, routes, ...rest } = proxy;
  return {
    listeners: listeners.map(({ mode, ...listener }) => ({
      ...listener,
      ...(mode === undefined ? {} : { mode: `0${mode.toString(8).padStart(3, '0')}` }),
    })),
    clusters,
    ...(routes === undefined ? {} : { routes }),
    ...rest,
    ...programOf(program),
  };
}

/** The options of the program, without empty ones. */
function programOf(program: ProgramSettings): Record<string, unknown> {
  const entries = Object.entries(programOptions).map(([name, { kind }]) => {
    const value = program[name as keyof ProgramSettings];
    const { write = (own: unknown) => own } = kind as Partial<FileKind<unknown>>;
    return [name, value === undefined ? undefined : write(value)] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && !isEmpty(value)));
}

/** A list or a table without anything. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

export function withDefaults(settings: ProxySettings): ProxySettings {
  const { proxy } = settings;
  return {
    ...settings,
    proxy: {
      ...fullOptions(proxyOptions, proxy),
      listeners: proxy.listeners.map(fullListener),
      clusters: Object.fromEntries(Object.entries(proxy.clusters).map(([name, fleet]) => [name, fullFleet(fleet)])),
    },
  };
}

function fullListener(listener: ListenerSpec): ListenerSpec {
  const all = fullOptions(listenerOptions, listener);
  if (listener.path === undefined && listener.fd === undefined) return all;
  const { host: _host, port: _port, ...rest } = all;
  return rest;
}

/** Defaults that would contradict what is said are left out. */
function fullFleet(fleet: FleetSettings): FleetSettings {
  const { nodes, pool: given, locator, failure, couchbase } = fleet;
  const { nodes: _nodes, locator: fullLocator, pool: fullPool = {}, ...rest } = fullOptions(proxyFleetOptions, fleet);
  const { maxInFlight, ...bounds } = fullPool;
  return {
    ...(nodes === undefined ? {} : { nodes }),
    // A bucket places its keys itself; with round-robin any node will do.
    ...(couchbase === undefined ? { locator: fullLocator } : {}),
    ...rest,
    ...(locator === 'round-robin' && failure === undefined ? { failure: 'redistribute' } : {}),
    pool: {
      ...bounds,
      ...(given?.exclusive === true ? {} : { maxInFlight }),
      max: given?.max ?? Math.max(fullPool.max ?? 0, given?.min ?? 0),
    },
  };
}
