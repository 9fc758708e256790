/** The proxy of a plan. */
import { type Client, createClient } from 'memfleet';
import { createProxy, type Proxy, type ProxyOptions } from 'memfleet/proxy';
import type { Host } from 'memfleet/testing';
import { isOn, numberIn, type Options, type Plan, textIn } from '../../plan.ts';
import type { Stage } from '../../stage.ts';
import { connectTimeout, ejectTimeMax } from '../fleet/fleet-options.ts';
import { nodesOf } from '../fleet/plan.ts';
import { proxyName } from './plan.ts';

/** Where the proxy listens. */
export const proxyAddress = { host: '10.0.1.1', port: 11_311 } as const;

/** How long the front cache keeps an item: longer than a run. */
const lifespan = 100_000;

const routes = {
  plain: {},
  'front-cache': { cached: { type: 'front-cache', route: 'main', prefixes: [''], lifespan } },
} as const satisfies Readonly<Record<string, ProxyOptions['routes']>>;

/** The fleet behind a proxy, but for its nodes. */
export function clusterOf(options: Options): Omit<ProxyOptions['clusters'][string], 'nodes'> {
  const retries = numberIn(options, 'proxy retries');
  return {
    protocol: textIn(options, 'proxy protocol') as 'auto',
    timeout: numberIn(options, 'proxy timeout'),
    connectTimeout,
    ejectTime: 500,
    ejectTimeMax,
    ejectAfter: numberIn(options, 'proxy ejectAfter'),
    retry: retries === 0 ? false : { attempts: retries },
    coalesce: isOn(options, 'proxy coalesce'),
    pool: {
      max: numberIn(options, 'proxy max'),
      ...(isOn(options, 'proxy exclusive')
        ? { exclusive: true }
        : { maxInFlight: numberIn(options, 'proxy maxInFlight') }),
      backoff: { max: 500 },
    },
  };
}

function proxyOptions(options: Options, on: Host): ProxyOptions {
  const route = textIn(options, 'route') as keyof typeof routes;
  return {
    listeners: [
      {
        ...proxyAddress,
        route: route === 'plain' ? 'main' : 'cached',
        maxInFlight: numberIn(options, 'listenerInFlight'),
        idleTimeout: numberIn(options, 'listenerIdle'),
        maxOutput: Number(options['listenerOutput'] ?? 1_048_576),
        onNodeFailure: options['onNodeFailure'] === 'miss' ? 'miss' : 'error',
      },
    ],
    routes: routes[route],
    clusters: { main: { nodes: nodesOf(options), ...clusterOf(options) } },
    ...on.options,
  };
}

/** Starts the proxy of a plan, or one with other options. */
export async function startProxy(
  stage: Stage,
  options: Options,
  optionsOn: (on: Host) => ProxyOptions = (on) => proxyOptions(options, on),
): Promise<Map<string, Proxy>> {
  const proxies = new Map<string, Proxy>();
  const on = stage.world.host(proxyName);
  const start = async (): Promise<void> => {
    const proxy = createProxy(optionsOn(on));
    proxies.set(proxyName, proxy);
    await proxy.listen();
  };
  await stage.add(proxyName, { host: on, start });
  return proxies;
}

/** Plans the reloads of a plan. */
export function planReloads(stage: Stage, { faults, options }: Plan, proxies: ReadonlyMap<string, Proxy>): void {
  const { world } = stage;
  for (const { amount = 1, at, kind } of faults) {
    if (kind !== 'reload') continue;
    world.after(at, () => {
      if (!stage.isRunning(proxyName)) return;
      stage.count('reload');
      world.note(`reload, ${amount} connections`);
      const reloading = { from: world.now, to: Infinity };
      stage.reloads.push(reloading);
      const reload = async (): Promise<void> => {
        try {
          await proxies
            .get(proxyName)
            ?.reload(proxyOptions({ ...options, 'proxy max': amount }, world.host(proxyName)));
        } catch (error) {
          stage.report({ rule: 'G4', at: world.now, message: `a reload failed: ${String(error)}` });
        }
        reloading.to = world.now;
      };
      void reload();
    });
  }
}

/** A client that only knows where the keys of the proxy live. */
export function locator(stage: Stage, options: Options): Client {
  return createClient({ nodes: nodesOf(options), ...stage.world.host('locating').options });
}
