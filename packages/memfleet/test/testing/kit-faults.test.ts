/** Faults in front of the embedded server, a fleet of them, and the simulated cluster: the same words do the same. */
import { describe } from 'vitest';
import { startCluster, startFleet, startServer } from '../../src/testing/index.ts';
import { faultContract } from './support/fault-contract.ts';

const everything = ['meta', 'text', 'binary'] as const;

describe('faults of a server', () => {
  faultContract((clock) => startServer({ clock, seed: 7 }), everything);
});

describe('faults of a fleet', () => {
  faultContract((clock) => startFleet(2, { clock, seed: 7 }), ['meta']);
});

describe('faults of a cluster', () => {
  faultContract((clock) => startCluster({ nodes: 2, clock, seed: 7 }), ['binary']);
});
