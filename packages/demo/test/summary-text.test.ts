import { expect, test } from 'vitest';
import { summaryText } from '../src/summary-text.ts';
import type { Summary, TrafficSummary } from '../src/summary.ts';

const pooled: TrafficSummary = {
  seconds: 16,
  calls: 187_480,
  callsPerSecond: 11_723,
  p50: 0.58,
  p99: 28,
  max: 253,
  hitRatio: 0.95,
  failed: 20_794,
  reasons: [
    { node: 'b:1', during: 'down', why: 'ejected', calls: 12_000 },
    { node: 'b:1', during: 'back', why: 'ejected', calls: 8_794 },
  ],
  connections: { opened: 8, peak: 2 },
};

const perCall: TrafficSummary = {
  ...pooled,
  calls: 22_558,
  p99: 1249,
  failed: 3005,
  reasons: [
    { node: 'b:1', during: 'down', why: 'ECONNREFUSED', calls: 3000 },
    { node: 'c:1', during: undefined, why: 'timed out', calls: 5 },
  ],
  connections: { opened: 30_495, peak: 1544 },
};

const summary: Summary = {
  ok: true,
  checks: [{ name: 'values', ok: true, text: '500 answers checked' }],
  examples: [],
  version: '0.1.0',
  through: 'client',
  fleet: 'embedded',
  nodes: ['a:1', 'b:1', 'c:1'],
  seconds: 20,
  callers: 300,
  think: 150,
  seed: 1,
  checked: 500,
  wrongValues: 0,
  hung: 0,
  bound: { limit: 4, client: 2, nodes: 2 },
  pooled,
  socketPerCall: perCall,
  rebalances: [],
  ejections: 1,
  readmissions: 1,
  outages: [
    {
      node: 'b:1',
      stoppedAt: 4.8,
      ejectedAt: 4.93,
      ejectedFor: 4,
      restartedAt: 7.5,
      recovery: 1.4,
      readmittedAt: 8.9,
      ejections: 1,
    },
  ],
  outagesPerCall: [
    { node: 'b:1', stoppedAt: 14.8, restartedAt: 17.5, recovery: 0.0023, readmittedAt: 17.5, ejections: 0 },
  ],
};

test('shows both kinds of traffic side by side, the outages and the checks, within 80 columns', () => {
  const lines = summaryText(summary);
  expect(lines).toContain('  connections opened                   8                30,495');
  expect(lines).toContain('  p99                            28.0 ms              1,249 ms');
  expect(lines).toContain('  open at once                  2 a node                 1,544');
  expect(lines).toContain('  node 2, pooled            4.8 s      4.9 s      7.5 s      8.9 s   1,400 ms');
  expect(lines).toContain('  node 2, per call         14.8 s          –     17.5 s          –    2.30 ms');
  expect(lines).toContain('  ✓ 500 answers checked');
  expect(lines.at(-1)).toBe('All is well.');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('names what failed and why for both kinds of traffic, as shares of their calls', () => {
  const lines = summaryText(summary);
  const begin = lines.indexOf('  Failed, and why                               pooled     a socket per call');
  expect(lines.slice(begin + 1, begin + 9)).toEqual([
    '  node 2 is down: ejected               12,000   6.4 %                     –',
    '  node 2 is back: still ejected          8,794   4.7 %                     –',
    '  node 2 is down: ECONNREFUSED                       –         3,000  13.3 %',
    '  node 3: timed out                                  –             5   0.0 %',
    '  all failed calls                      20,794  11.1 %         3,005  13.3 %',
    '  Each began with an empty cache and had the same callers and outages.',
    "  An ejected node's keys fail at once until a probe finds it again; the option",
    "  failure: 'redistribute' gives them to another node instead.",
  ]);
});

test('many reasons: the most frequent have a line of their own, the others one together', () => {
  const reasons = Array.from({ length: 10 }, (_, n) => ({
    node: 'a:1',
    during: undefined,
    why: `E${n}`,
    calls: 10 - n,
  }));
  const line = (title: string, text: string): string => `  ${title}`.padEnd(36) + text.padStart(18);
  const lines = summaryText({ ...summary, pooled: { ...pooled, calls: 100, reasons }, socketPerCall: undefined });
  expect(lines).toContain(line('node 1: E0', '10  10.0 %'));
  expect(lines).toContain(line('other reasons', '6   6.0 %'));
  expect(lines).toContain(line('all failed calls', '55  55.0 %'));
  expect(lines.join('\n')).not.toContain('node 1: E7');
});

test('says what is wrong, with examples', () => {
  const lines = summaryText({
    ...summary,
    ok: false,
    checks: [{ name: 'values', ok: false, text: '1 of 500 answers were wrong' }],
    examples: ['k: got the value of j'],
    outages: [{ node: 'b:1', stoppedAt: 4.8, ejections: 0 }],
  });
  expect(lines).toContain('  ✗ 1 of 500 answers were wrong');
  expect(lines).toContain('      k: got the value of j');
  expect(lines).toContain('  node 2, pooled            4.8 s      never      never      never          –');
  expect(lines.at(-1)).toBe('Something is wrong, see ✗ above.');
});

test('through the proxy it says so', () => {
  const reasons = [{ node: '127.0.0.1:9', during: undefined, why: 'timed out', calls: 7 }];
  const lines = summaryText({ ...summary, through: 'proxy', socketPerCall: { ...perCall, reasons } });
  expect(lines.some((line) => line.startsWith('  the proxy: timed out '))).toBe(true);
  expect(lines[1]).toBe('  Through the proxy          few sockets     a socket per call');
});

test('on a cluster there is no socket per call; the rebalances are shown', () => {
  const lines = summaryText({
    ...summary,
    socketPerCall: undefined,
    outages: [],
    rebalances: [
      { change: 'add', node: 'c:1', startedAt: 2, finishedAt: 3.25, moves: 16, movedForClient: 16, rev: 19 },
      { change: 'remove', node: 'b:1', startedAt: 4.8, moves: 3, movedForClient: 2, rev: 22, problem: 'b:1 is down' },
    ],
  });
  expect(lines).toContain('  The same traffic                pooled');
  expect(lines).toContain('  p99                            28.0 ms');
  expect(lines).toContain('  node 3 joins        2.0 s      3.3 s         16         16        r19');
  expect(lines).toContain('  node 2 leaves       4.8 s      never          3          2        r22');
});
