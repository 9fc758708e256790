/** Several processes look like one. */
import { expect, test } from 'vitest';
import { mergeStats } from '../../src/proxy/metrics/merge-stats.ts';
import { exposition, type MetricData, remember } from '../../src/proxy/metrics/metrics.ts';

type Stats = Parameters<typeof mergeStats>[0][0];

function stats(part: object): Stats {
  return {
    uptime: 0,
    revision: 1,
    reloads: 0,
    reloadsRefused: 0,
    sessions: 0,
    listeners: [],
    commands: {},
    multigetKeys: 0,
    multigetDuplicates: 0,
    receiving: 0,
    clusters: {},
    frontCaches: {},
    latencies: {},
    ...part,
  } as unknown as Stats;
}

test('counts and gauges add up, revisions and uptimes are the highest', () => {
  const merged = mergeStats([
    stats({ uptime: 5, sessions: 2, multigetKeys: 3, commands: { get: { seen: 1, ok: 1 } } }),
    stats({ uptime: 9, revision: 3, reloads: 2, sessions: 4, commands: { get: { seen: 5, ok: 0 } } }),
    stats({ uptime: 1, revision: 3, reloads: 2 }),
  ]);
  expect(merged).toMatchObject({
    uptime: 9,
    revision: 3,
    reloads: 2,
    sessions: 6,
    multigetKeys: 3,
    commands: { get: { seen: 6, ok: 1 } },
  });
});

test('listeners with one name are one', () => {
  const address = { host: '127.0.0.1', port: 1 };
  const merged = mergeStats([
    stats({ listeners: [{ name: 'a', address, route: 'r', sessions: 1, maxSessions: 10 }] }),
    stats({ listeners: [{ name: 'a', address, route: 'r', sessions: 2, maxSessions: 10 }] }),
  ]);
  expect(merged.listeners).toEqual([{ name: 'a', address, route: 'r', sessions: 3, maxSessions: 20 }]);
});

test('a node is as bad as for the worst process; its connections add up', () => {
  const of = (state: string, open: number, revision: number): Stats =>
    stats({ clusters: { main: { revision, nodes: [{ node: 'n', state, open, failures: open, ejections: 0 }] } } });
  expect(mergeStats([of('alive', 1, 2), of('ejected', 2, 1), of('suspect', 3, 1)]).clusters).toEqual({
    main: { revision: 2, nodes: [{ node: 'n', state: 'ejected', open: 6, failures: 3, ejections: 0 }] },
  });
});

test('clusters, nodes and latencies that only one process knows stay', () => {
  const histogram = { bounds: [1, 2], counts: [1, 0, 2], count: 3, sum: 9 };
  const merged = mergeStats([
    stats({ clusters: { a: { revision: 1, nodes: [] } }, latencies: { x: histogram, y: histogram } }),
    stats({ clusters: { b: { revision: 1, nodes: [] } }, latencies: { x: histogram } }),
  ]);
  expect(Object.keys(merged.clusters)).toEqual(['a', 'b']);
  expect(merged.latencies).toEqual({ x: { bounds: [1, 2], counts: [2, 0, 4], count: 6, sum: 18 }, y: histogram });
});

function metric(name: string, type: string, value: number, aggregator = 'sum'): MetricData {
  return { name, help: 'h', type, aggregator, values: [{ labels: { a: 'b' }, value }] };
}

test('the metrics of processes are added', async () => {
  const text = await exposition([
    [metric('m', 'counter', 1), metric('r', 'gauge', 4, 'max')],
    [metric('m', 'counter', 2), metric('r', 'gauge', 3, 'max')],
  ]);
  expect(text).toContain('m{a="b"} 3');
  expect(text).toContain('r{a="b"} 4');
});

test('of a process that ended the counters are remembered, and the gauges are not', async () => {
  const first = await remember([], [metric('m', 'counter', 1), metric('g', 'gauge', 5)]);
  const second = await remember(first, [metric('m', 'counter', 2), metric('g', 'gauge', 5)]);
  const text = await exposition([second, [metric('m', 'counter', 10), metric('g', 'gauge', 1)]]);
  expect(text).toContain('m{a="b"} 13');
  expect(text).toContain('g{a="b"} 1\n');
});
