/** When gets are due, which of them count, and what the tables show. */
import { describe, expect, test } from 'vitest';
import { threadsOf } from '../src/cpu-time.ts';
import { dueAfter, dueTime } from '../src/open-loop/due-times.ts';
import { judgeTails, openLoopTable, type Run, tailLines, tailVerdictTable } from '../src/open-loop/result.ts';
import { type Outcome, type Scenario, scenarios } from '../src/open-loop/scenario.ts';
import { countedLatencies, parseWindows, type Window, windowLine } from '../src/open-loop/windows.ts';
import { percentile } from '../src/statistics.ts';

describe('gets that are due', () => {
  test('come at even times, the first at once', () => {
    expect([0, 1, 2, 10].map((n) => dueTime(n, 10_000))).toEqual([0, 0.1, 0.2, 1]);
    expect([-1, 0, 0.05, 0.1, 1].map((elapsed) => dueAfter(elapsed, 10_000))).toEqual([0, 1, 1, 2, 11]);
  });

  test('are as many after a second as the rate says, and none is due twice', () => {
    expect(dueAfter(999.999, 100_000)).toBe(100_000);
    for (const n of [1, 7, 99_999]) expect(dueAfter(dueTime(n, 100_000), 100_000)).toBe(n + 1);
  });
});

describe('windows', () => {
  /** Windows of 10 ms, of which those with an `x` were taken away. */
  const windows = (pattern: string): Window[] =>
    Array.from(pattern, (sign, i) => ({ start: i * 10, end: i * 10 + 10, isTaken: sign === 'x' }));
  const counted = (pattern: string, ...calls: readonly (readonly [due: number, ended: number])[]): number[] => [
    ...countedLatencies(
      calls.map(([due]) => due),
      calls.map(([, ended]) => ended),
      windows(pattern),
    ),
  ];

  test('that nobody took away leave every call in, and latencies are sorted', () => {
    expect(counted('....', [5, 9], [12, 13], [0, 35])).toEqual([1, 4, 35]);
  });

  test('that were taken away leave out the calls that were due in them', () => {
    expect(counted('..x.', [21, 22])).toEqual([]);
  });

  test('leave out the calls that were waiting when they began', () => {
    expect(counted('..x.', [5, 25])).toEqual([]);
  });

  test('leave out the calls of the next window, whose work may have waited', () => {
    expect(counted('..x..', [31, 32], [41, 42])).toEqual([1]);
  });

  test('that cover no call change nothing', () => {
    expect(counted('.....x', [11, 14])).toEqual([3]);
  });

  test('are not known on every machine: every call counts there', () => {
    expect(counted('', [5, 9])).toEqual([4]);
  });

  test('are read as the ticker wrote them, without the line that it did not finish', () => {
    const written = windows('.x').map(windowLine).join('');
    expect(parseWindows(`${written}20 3`)).toEqual(windows('.x'));
    expect(parseWindows('')).toEqual([]);
  });
});

test('a process that does not exist has no threads to watch', () => {
  expect(threadsOf(0)).toEqual([]);
});

test('a percentile is the value below which that share lies, and the highest is the maximum', () => {
  const values = Array.from({ length: 1000 }, (_, i) => i);
  expect([0.5, 0.99, 0.999, 1].map((share) => percentile(values, share))).toEqual([500, 990, 999, 999]);
  expect(percentile([], 0.5)).toBeNaN();
});

describe('the tables', () => {
  const outcome = (p99: number, change: Partial<Outcome> = {}): Outcome => ({
    tail: { p50: 200, p99, p999: 2 * p99, max: 3 * p99 },
    counted: 900,
    due: 1000,
    failed: 0,
    unanswered: 0,
    windows: 100,
    leftOut: 10,
    cpu: 0.3,
    besideCalls: 0,
    ...change,
  });
  const run = (round: number, entrant: string, scenario: string, result: Outcome | string): Run => ({
    round,
    entrant,
    scenario,
    outcome: result,
  });
  const [slow, fast] = scenarios as readonly [Scenario, Scenario];

  test('show the median of the rounds, the least and the most, and how much was left out', () => {
    const runs = [300, 500, 400].map((p99, round) => run(round, 'memfleet', slow.name, outcome(p99)));
    expect(openLoopTable(slow, runs).rows).toEqual([
      ['memfleet', '200', '400 (300–500)', '800 (600–1000)', '1200 (900–1500)', '10 %', '0 %', '30 %'],
    ]);
  });

  test('say so when nothing counts, and how a process ended that gave no result', () => {
    const { tail: _, ...nothing } = outcome(1, { leftOut: 100, counted: 0, failed: 50, unanswered: 150 });
    const runs = [run(0, 'memjs', fast.name, nothing), run(0, 'memcached', fast.name, 'ended by itself (SIGABRT)')];
    expect(openLoopTable(fast, runs).rows.map((row) => row.slice(0, 3))).toEqual([
      ['memjs', '–', '–'],
      ['memcached', 'ended by itself (SIGABRT)', ''],
    ]);
    expect(openLoopTable(fast, runs).rows[0]?.slice(-3)).toEqual(['100 %', '20 %', '30 %']);
  });

  test('have the lines of the JSON that charts are drawn from', () => {
    const runs = [300, 500].map((p99, round) => run(round, 'memfleet', slow.name, outcome(p99)));
    expect(tailLines([...runs, run(0, 'memjs', slow.name, 'ended by itself (1)')])).toMatchObject([
      { workload: '10k', other: 'memfleet', p99: { median: 400, min: 300, max: 500 }, leftOut: 0.1 },
    ]);
  });

  test('judge the quotients within a round, and only what was measured', () => {
    const runs = [
      run(0, 'memfleet', '100k', outcome(500)),
      run(0, 'ioredis', '100k', outcome(1000)),
      run(0, 'memfleet', '10k', outcome(250)),
      run(1, 'memfleet', '100k', outcome(400)),
      run(1, 'ioredis', '100k', outcome(2000)),
    ];
    const verdicts = judgeTails(runs);
    expect(verdicts.map(({ measured, isReached }) => [measured, isReached])).toEqual([
      [0.35, true],
      [2, false],
    ]);
    expect(tailVerdictTable(verdicts).rows).toEqual([
      ['p99 at 100 000/s against ioredis', '≤0.5', '0.35', 'yes'],
      ['p99 at 100 000/s against 10 000/s', '≤1.3', '2.00', 'NO'],
    ]);
    expect(judgeTails([])).toEqual([]);
  });

  test('judge the tail beside large calls in milliseconds', () => {
    const [verdict] = judgeTails([run(0, 'memfleet', '10k-getmany', outcome(1900))]);
    expect(verdict).toMatchObject({ wanted: 2, measured: 1.9, isReached: true });
  });
});
