import { expect, test } from 'vitest';
import type { Plan } from '../src/plan.ts';
import type { Problem } from '../src/problem.ts';
import { shrink } from '../src/shrink.ts';

function planOf(calls: number, faults: number): Plan {
  return {
    scenario: 'none',
    seed: 1,
    duration: 10_000,
    options: { nodes: 4, timeout: 100, cut: 'tiny' },
    calls: Array.from({ length: calls }, (_, number) => {
      return { at: number * 10, caller: 'a', verb: 'get', key: `k${number % 5}`, number } as const;
    }),
    faults: Array.from({ length: faults }, (_, index) => ({
      at: index * 50,
      kind: index === 3 ? 'kill' : 'pause',
      target: 'n',
    })),
  };
}

/** Fails while the plan has call 42, a kill, and small timeouts. */
function fails({ calls, faults, options }: Plan): readonly Problem[] {
  const isThere = calls.some(({ number }) => number === 42) && faults.some(({ kind }) => kind === 'kill');
  return isThere && options['timeout'] === 100 ? [{ rule: 'M1', key: 'k2', at: 420, message: 'wrong' }] : [];
}

test('a failing plan shrinks to what the failure needs', async () => {
  const plan = planOf(900, 30);
  const [problem] = fails(plan);
  const calm = { nodes: 1, timeout: 1000, cut: 'whole' };
  const small = await shrink(plan, problem as Problem, (of) => Promise.resolve(fails(of)), calm);
  expect(small.plan.calls).toEqual([{ at: 420, caller: 'a', verb: 'get', key: 'k2', number: 42 }]);
  expect(small.plan.faults).toEqual([{ at: 150, kind: 'kill', target: 'n' }]);
  expect(small.plan.options).toEqual({ nodes: 1, timeout: 100, cut: 'whole' });
  expect(small.plan.duration).toBe(1420);
  expect(small.runs).toBeLessThan(60);
});

test('a smaller plan that fails in another way is rejected', async () => {
  const plan = planOf(20, 4);
  const attempt = (of: Plan): Promise<readonly Problem[]> =>
    Promise.resolve(of.calls.length < 20 ? [{ rule: 'G1', at: 1, message: 'late' }] : fails(planOf(900, 30)));
  const small = await shrink(plan, { rule: 'M1', key: 'k2', at: 420, message: 'wrong' }, attempt, {});
  expect(small.plan.calls).toHaveLength(20);
});
