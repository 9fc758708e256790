import type { Scenario } from '../../scenario.ts';
import { calm, planCache } from './plan.ts';
import { runCache } from './run.ts';

/** Processes with a cache. */
export const cache: Scenario = {
  name: 'cache',
  about: 'processes with a cache on a fleet of nodes',
  sometimes: ['get', 'getOrSet', 'delete', 'clear', 'load failed', 'ERR_TIMEOUT'],
  calm,
  plan: planCache,
  run: runCache,
};
