import { expect, test } from 'vitest';
import { checkLimits, type NodeLoad } from '../../src/check/limits.ts';

const calm: NodeLoad = { node: 'n', state: 'up', peak: 2, limit: 2, inFlight: 6, waiting: 5 };
const limits = { maxInFlight: 3, maxWaiting: 5, ejectShare: 0.5 };

function broken(...nodes: Partial<NodeLoad>[]): string[] {
  const all = nodes.map((node) => ({ ...calm, ...node }));
  return checkLimits('c', all, limits, 1).map(({ rule }) => rule);
}

test('a client at its limits is right, one beyond any of them breaks G8', () => {
  expect(broken({}, { state: 'ejected' })).toEqual([]);
  expect(broken({ peak: 3 })).toEqual(['G8']);
  expect(broken({ inFlight: 8 })).toEqual(['G8']);
  expect(broken({ waiting: 6 })).toEqual(['G8']);
});

test('the share of the nodes that are ejected is rounded up', () => {
  expect(broken({ state: 'ejected' })).toEqual([]);
  expect(broken({ state: 'ejected' }, { state: 'ejected' }, {})).toEqual([]);
  expect(broken({ state: 'ejected' }, { state: 'ejected' }, { state: 'ejected' }, {})).toEqual(['G8']);
});
