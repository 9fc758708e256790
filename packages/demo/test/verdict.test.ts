import { expect, test } from 'vitest';
import { type Evidence, judge } from '../src/verdict.ts';

const good: Evidence = {
  through: 'client',
  checked: 1000,
  wrongValues: 0,
  hung: 0,
  slowest: 12,
  defects: 0,
  timeout: 1000,
  outages: [
    {
      node: 'b:1',
      stoppedAt: 4.8,
      ejectedAt: 5,
      ejectedFor: 4,
      restartedAt: 7,
      recovery: 0.25,
      readmittedAt: 9,
      ejections: 1,
    },
  ],
  plannedOutages: 1,
  rebalances: [],
  plannedRebalances: 0,
  bound: { limit: 4, client: 2, nodes: 2 },
  lostNodes: [],
  isClosed: true,
};

function failed(change: Partial<Evidence>): string[] {
  return judge({ ...good, ...change })
    .filter(({ ok }) => !ok)
    .map(({ name }) => name);
}

test('a good run passes every check', () => {
  expect(failed({})).toEqual([]);
  expect(judge(good).map(({ name }) => name)).toEqual([
    'values',
    'settled',
    'errors',
    'ejected',
    'recovered',
    'bound',
    'closed',
  ]);
});

test.each<[string, Partial<Evidence>, string]>([
  ['a wrong value was read', { wrongValues: 1 }, 'values'],
  ['nothing was read at all', { checked: 0 }, 'values'],
  ['a call hung', { hung: 1 }, 'settled'],
  ['a call failed for no reason', { defects: 1 }, 'errors'],
  [
    'the dead node was never ejected',
    { outages: [{ node: 'b:1', stoppedAt: 1, recovery: 1, ejections: 0 }] },
    'ejected',
  ],
  [
    'the dead node was not readmitted',
    { outages: [{ node: 'b:1', stoppedAt: 1, ejectedAt: 2, recovery: 1, ejections: 1 }] },
    'ejected',
  ],
  [
    'the node that returned did not reply',
    { outages: [{ node: 'b:1', stoppedAt: 1, ejectedAt: 2, restartedAt: 3, readmittedAt: 4, ejections: 1 }] },
    'recovered',
  ],
  ['the client had more connections than its pool may', { bound: { limit: 4, client: 5, nodes: 2 } }, 'bound'],
  ['a node saw more connections than the pool may have', { bound: { limit: 4, client: 2, nodes: 5 } }, 'bound'],
  ['a node of ours ended by itself', { lostNodes: ['127.0.0.1:2: out of memory'] }, 'nodes'],
  ['the client did not close', { isClosed: false }, 'closed'],
])('%s: the run fails', (_, change, name) => {
  expect(failed(change)).toEqual([name]);
});

test('no node was stopped although one had to be: the run fails', () => {
  expect(failed({ outages: [] })).toEqual(['ejected', 'recovered']);
});

test('behind a proxy no reply of the node that returned is asked for', () => {
  const outage = { node: 'b:1', stoppedAt: 4.8, ejectedAt: 5, restartedAt: 7, readmittedAt: 9, ejections: 1 };
  expect(failed({ through: 'proxy', outages: [outage] })).toEqual([]);
});

test("the user's nodes are not stopped, so there is no outage to ask for; one that happens by itself is no fault", () => {
  expect(failed({ plannedOutages: 0, outages: [] })).toEqual([]);
  expect(failed({ plannedOutages: 0, outages: [{ node: 'a:1', ejectedAt: 1, ejections: 1 }] })).toEqual([]);
});

test('every rebalance that was planned has to finish, to move vBuckets, and to be followed by the client', () => {
  const good = {
    change: 'add',
    node: 'd:1',
    startedAt: 2,
    finishedAt: 3,
    moves: 16,
    movedForClient: 16,
    rev: 19,
  } as const;
  const { finishedAt: _, ...unfinished } = good;
  const planned = { plannedOutages: 0, outages: [], plannedRebalances: 1 };
  expect(failed({ ...planned, rebalances: [good] })).toEqual([]);
  expect(failed({ ...planned, rebalances: [] })).toEqual(['rebalanced']);
  expect(failed({ ...planned, rebalances: [unfinished] })).toEqual(['rebalanced']);
  expect(failed({ ...planned, rebalances: [{ ...good, moves: 0, movedForClient: 0 }] })).toEqual(['rebalanced']);
  expect(failed({ ...planned, rebalances: [{ ...good, movedForClient: 15 }] })).toEqual(['rebalanced']);
});
