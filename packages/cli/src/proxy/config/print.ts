/** A configuration as it is understood, as a YAML text that can be read again (but for the secrets). */
import { clientDefaults } from 'memfleet';
import {
  type FleetSettings,
  listenerDefaults,
  type ListenerSpec,
  proxyDefaults,
  proxyFleetDefaults,
} from 'memfleet/proxy';
import { stringify } from 'yaml';
import { listenText } from '../../option-values.ts';
import type { LoadedSettings, ProxySettings } from '../settings.ts';
import { redact } from './redact.ts';

/** Which defaults of clients a cluster of a proxy has as well. */
const fleetKeys = [
  'locator',
  'protocol',
  'timeout',
  'connectTimeout',
  'ejectTime',
  'ejectAfter',
  'ejectGrowth',
  'ejectTimeMax',
  'ejectShare',
  'failure',
  'retry',
  'coalesce',
  'keepAliveDelay',
] as const satisfies readonly (keyof FleetSettings & keyof typeof clientDefaults)[];

/** Gives the text. `hasDefaults`: also what was not said. */
export function printSettings({ settings, files }: LoadedSettings, hasDefaults: boolean): string {
  return stringify(redact(configOf(hasDefaults ? withDefaults(settings) : settings), files), { lineWidth: 0 });
}

/** The configuration as plain data, without secrets, for the admin endpoint. */
export function shownSettings({ settings, files }: LoadedSettings): unknown {
  return redact(configOf(withDefaults(settings)), files);
}

/** Settings in the shape of a configuration file. */
function configOf({ proxy, admin, adminHosts, workers, log, watch }: ProxySettings): Record<string, unknown> {
  const { listeners, clusters, routes, ...rest } = proxy;
  return {
    listeners: listeners.map(({ mode, ...listener }) => ({
      ...listener,
      ...(mode === undefined ? {} : { mode: `0${mode.toString(8).padStart(3, '0')}` }),
    })),
    clusters,
    ...(routes === undefined ? {} : { routes }),
    ...rest,
    ...(admin === undefined ? {} : { admin: listenText(admin) }),
    ...(adminHosts.length === 0 ? {} : { adminHosts }),
    workers,
    log,
    watch,
  };
}

function withDefaults(settings: ProxySettings): ProxySettings {
  const { proxy } = settings;
  return {
    ...settings,
    proxy: {
      ...proxyDefaults,
      ...proxy,
      listeners: proxy.listeners.map(fullListener),
      clusters: Object.fromEntries(Object.entries(proxy.clusters).map(([name, fleet]) => [name, fullFleet(fleet)])),
    },
  };
}

function fullListener(listener: ListenerSpec): ListenerSpec {
  if (listener.path === undefined && listener.fd === undefined) return { ...listenerDefaults, ...listener };
  const { host: _host, port: _port, ...rest } = listenerDefaults;
  return { ...rest, ...listener };
}

/** Defaults that would contradict what is said are left out. */
function fullFleet(fleet: FleetSettings): FleetSettings {
  const { pool: given, locator, couchbase } = fleet;
  const defaults = Object.fromEntries(fleetKeys.map((key) => [key, clientDefaults[key]]));
  // A bucket places its keys itself; with round-robin any node will do.
  if (couchbase !== undefined) delete defaults['locator'];
  if (locator === 'round-robin') defaults['failure'] = 'redistribute';
  const { maxInFlight, ...bounds } = { ...clientDefaults.pool, ...proxyFleetDefaults.pool };
  const pool = given?.exclusive === true ? bounds : { ...bounds, maxInFlight };
  const max = Math.max(pool.max, given?.min ?? 0);
  return {
    ...(fleet.nodes === undefined ? {} : { nodes: fleet.nodes }),
    ...defaults,
    ...fleet,
    pool: { ...pool, max, ...given, backoff: { ...clientDefaults.pool.backoff, ...given?.backoff } },
    retry: fleet.retry === false ? false : { ...clientDefaults.retry, ...fleet.retry },
  };
}
