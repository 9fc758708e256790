import type { Scenario } from '../../scenario.ts';
import { calm, planFleet } from './plan.ts';
import { runFleet } from './run.ts';

/** Clients and nodes of memcached. */
export const fleet: Scenario = {
  name: 'fleet',
  about: 'clients on a fleet of nodes',
  sometimes: ['eject', 'readmit', 'ERR_TIMEOUT', 'ERR_CONNECT', 'ERR_CONNECTION_CLOSED', 'ERR_NODE_EJECTED'],
  calm,
  plan: planFleet,
  run: runFleet,
};
