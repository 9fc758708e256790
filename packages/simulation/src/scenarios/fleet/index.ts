import type { Scenario } from '../../scenario.ts';
import { closeAll, startClients, startNodes } from './cast.ts';
import { fleetOf } from './fleet-options.ts';
import { calm, nodesOf, planFleet } from './plan.ts';
import { type Gather, runFleet } from './run.ts';

const gather: Gather = async (stage, { options }) => {
  const servers = await startNodes(stage, options);
  const nodes = nodesOf(options);
  const clients = await startClients(stage, options, (host) => ({ nodes, ...fleetOf(options, host) }));
  const [client] = clients.values();
  const closers = [closeAll(clients), closeAll(servers)];
  return { clients, homeOf: (key) => client?.nodeOf(key), closers };
};

/** Clients and nodes of memcached. */
export const fleet: Scenario = {
  name: 'fleet',
  about: 'clients on a fleet of nodes',
  sometimes: ['eject', 'readmit', 'ERR_TIMEOUT', 'ERR_CONNECT', 'ERR_CONNECTION_CLOSED', 'ERR_NODE_EJECTED'],
  calm,
  plan: planFleet,
  run: (plan, settings) => runFleet(plan, settings, gather),
};
