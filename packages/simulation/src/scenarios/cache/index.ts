import type { Scenario } from '../../scenario.ts';
import { calm, planCache } from './plan.ts';
import { runCache } from './run.ts';

/** Processes with a cache. */
export const cache: Scenario = {
  name: 'cache',
  about: 'processes with a cache on a fleet of nodes',
  sometimes: [
    'get',
    'getOrSet',
    'delete',
    'clear',
    'invalidate',
    'expire',
    'spoil',
    'load failed',
    'ERR_TIMEOUT',
    'near hit',
    'stale hit',
    'fallback hit',
    'undecodable',
    'delete made later',
    'hidden error',
  ],
  calm,
  plan: planCache,
  run: runCache,
};
