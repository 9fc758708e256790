import type { Scenario } from '../../scenario.ts';
import { closeAll, startClients, startNodes } from '../fleet/cast.ts';
import { fleetOf } from '../fleet/fleet-options.ts';
import { type Gather, runFleet } from '../fleet/run.ts';
import { locator, planReloads, proxyAddress, startProxy } from './cast.ts';
import { calm, planProxy } from './plan.ts';

const gather: Gather = async (stage, plan) => {
  const { options } = plan;
  const servers = await startNodes(stage, options);
  const proxies = await startProxy(stage, options);
  planReloads(stage, plan, proxies);
  const clients = await startClients(stage, options, (on) => ({
    nodes: `${proxyAddress.host}:${proxyAddress.port}`,
    ...fleetOf(options, on),
  }));
  const locating = locator(stage, options);
  const homeOf = (key: string): string | undefined => locating.nodeOf(key);
  const closers = [closeAll(clients), closeAll(proxies), closeAll(servers), () => locating.close()];
  return { clients, homeOf, closers };
};

/** Clients, a proxy, and nodes of memcached. */
export const proxy: Scenario = {
  name: 'proxy',
  about: 'clients on a proxy in front of a fleet',
  sometimes: ['ERR_TIMEOUT', 'ERR_CONNECT', 'ERR_CONNECTION_CLOSED', 'ERR_SERVER', 'reload'],
  calm,
  plan: planProxy,
  run: (plan, settings) => runFleet(plan, settings, gather),
};
