import { expect, test } from 'vitest';
import { pointBetween } from '../../src/dashboard/points.ts';
import { node, snapshot } from './snapshots.ts';

const counts = { ok: 0, miss: 0, not_stored: 0, exists: 0, error: 0 };

test('a point has the rates of commands and results between two snapshots', () => {
  const before = snapshot({ commands: [{ command: 'get', ...counts, ok: 10, miss: 5 }] });
  const now = snapshot({
    at: before.at + 2000,
    commands: [
      { command: 'get', ...counts, ok: 30, miss: 15, error: 4 },
      { command: 'set', ...counts, ok: 6 },
      { command: 'add', ...counts },
    ],
  });
  expect(pointBetween(before, now)).toMatchObject({
    at: now.at,
    seconds: 2,
    commands: { get: 17, set: 3 },
    results: { ok: 13, miss: 5, not_stored: 0, exists: 0, error: 2 },
    hits: 10,
    misses: 5,
  });
});

test('a counter that went back has begun anew', () => {
  const before = snapshot({ commands: [{ command: 'get', ...counts, ok: 1000 }], mergedKeys: 50 });
  const now = snapshot({ at: before.at + 1000, commands: [{ command: 'get', ...counts, ok: 3 }], mergedKeys: 2 });
  expect(pointBetween(before, now)).toMatchObject({ commands: { get: 3 }, mergedKeys: 2 });
});

test('durations come by node, as bucket and count in turn; a node that is new has all of its counts', () => {
  const before = snapshot({ nodes: [node('a:1', { latency: { counts: [5, 1, 0], sum: 1 } })] });
  const now = snapshot({
    at: before.at + 1000,
    nodes: [
      node('a:1', { latency: { counts: [8, 1, 2], sum: 2 } }),
      node('b:1', { latency: { counts: [0, 4, 0], sum: 2 } }),
      node('c:1'),
    ],
  });
  const { latencies, requests } = pointBetween(before, now);
  expect(latencies).toEqual({ 'a:1': [0, 3, 2, 2], 'b:1': [1, 4] });
  expect(requests).toEqual({ 'a:1': 5, 'b:1': 0, 'c:1': 0 });
});

test('of a large fleet, the durations of 64 nodes are kept', () => {
  const nodes = Array.from({ length: 100 }, (_, index) =>
    node(`n${index}:1`, { latency: { counts: [1, 0, 0], sum: 0 } }),
  );
  const now = snapshot({ at: 1_001_000, nodes });
  expect(Object.keys(pointBetween(snapshot(), now).latencies)).toHaveLength(64);
});

test('gauges are those of the later snapshot; CPU is that of each process', () => {
  const row = { listener: 'l', address: '', route: 'r', maxSessions: 9, accepted: 0, rejected: 0, kicked: 0 };
  const one = { name: 'worker 1', pid: 1, cpu: 3, memory: 1, loopDelay: 0.01 };
  const two = { name: 'worker 2', pid: 2, cpu: 9, memory: 1, loopDelay: 0.05 };
  const before = snapshot({ processes: [one] });
  const now = snapshot({
    at: before.at + 2000,
    listeners: [{ ...row, sessions: 4, received: 0, sent: 0 }],
    processes: [{ ...one, cpu: 4 }, two],
  });
  expect(pointBetween(before, now)).toMatchObject({
    sessions: 4,
    open: 1,
    loopDelay: 0.05,
    cpu: { 'worker 1': 0.5, 'worker 2': 0 },
  });
});
