import { expect, test } from 'vitest';
import type { Outcome } from '../src/outcome.ts';
import { scenarioOf } from '../src/scenarios/index.ts';
import { Tally } from '../src/tally.ts';

/** The sum of so many runs, each with ten histories and what happened in it. */
function tallyOf(runs: number, undecided: number, happened: Outcome['happened'] = {}): Tally {
  const tally = new Tally(scenarioOf('proxy'));
  const plan = tally.scenario.plan(1);
  for (let run = 0; run < runs; run++) {
    const given = run < undecided ? 1 : 0;
    const sums = { checked: 10, undecided: given, events: 1, calls: 1, virtual: 1, happened };
    tally.add({ ...sums, plan, problems: [], digest: '', operations: [], trace: [] }, 1);
  }
  return tally;
}

test('more than 1 % of at least 2000 histories without a verdict are too many', () => {
  expect(tallyOf(200, 20).isUndecided).toBe(false);
  expect(tallyOf(200, 21).isUndecided).toBe(true);
  expect(tallyOf(199, 21).isUndecided).toBe(false);
});

test('events that should happen and never did in 200 runs are named', () => {
  const most = { ERR_TIMEOUT: 1, ERR_CONNECT: 1, ERR_CONNECTION_CLOSED: 1, ERR_SERVER: 1 };
  expect(tallyOf(200, 0, most).neverHappened).toEqual(['reload']);
  expect(tallyOf(199, 0, most).neverHappened).toEqual([]);
  expect(tallyOf(200, 0, { ...most, reload: 1 }).neverHappened).toEqual([]);
});

test('rare events that never happened in 1000 runs are named', () => {
  const tally = new Tally({ ...scenarioOf('proxy'), sometimes: [], rarely: ['eclipse'] });
  tally.runs = 999;
  expect(tally.neverHappened).toEqual([]);
  tally.runs = 1000;
  expect(tally.neverHappened).toEqual(['eclipse']);
});

test('the totals of two processes add up to those of all runs', () => {
  const sum = tallyOf(30, 2, { reload: 1 });
  sum.merge(tallyOf(12, 1, { reload: 1, pause: 2 }));
  const { calls, checked, failures, happened, runs, undecided, virtual } = sum;
  expect({ calls, checked, failures, happened, runs, undecided, virtual }).toEqual({
    calls: 42,
    checked: 420,
    failures: 0,
    happened: { reload: 42, pause: 24 },
    runs: 42,
    undecided: 3,
    virtual: 42,
  });
});
