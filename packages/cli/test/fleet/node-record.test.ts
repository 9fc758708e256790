/** One node: what its statistics mean, and when it is slow or down. */
import { describe, expect, test } from 'vitest';
import { Latency } from '../../src/fleet/latency.ts';
import { NodeRecord } from '../../src/fleet/node-record.ts';
import { figuresOf } from '../../src/fleet/node-sample.ts';
import { settingsThatDiffer } from '../../src/fleet/settings-differ.ts';
import { statsOf, upRow } from '../top/rows.ts';

describe('figures', () => {
  const before = {
    at: 1000,
    stats: statsOf({ pid: 7, uptime: 1, cmd_get: 100, get_hits: 90, get_misses: 10, delete_hits: 1, delete_misses: 1 }),
  };

  test('rates are per second of the time between two looks', () => {
    const now = {
      at: 3000,
      stats: statsOf({
        pid: 7,
        uptime: 3,
        cmd_get: 300,
        get_hits: 240,
        get_misses: 60,
        delete_hits: 3,
        delete_misses: 5,
      }),
    };
    expect(figuresOf(now, before)).toMatchObject({
      rates: { get: 100, delete: 3, set: undefined },
      requests: 103,
      hitRatio: 0.75,
      hitRatioEver: 0.8,
    });
  });

  test('the first look has no rates', () => {
    expect(figuresOf(before, undefined)).toMatchObject({
      rates: { get: undefined },
      requests: undefined,
      hitRatio: undefined,
    });
  });

  test.each([
    ['another process', { pid: 8, uptime: 9, cmd_get: 500 }],
    ['a shorter uptime', { pid: 7, uptime: 0, cmd_get: 500 }],
    ['a counter that was reset', { pid: 7, uptime: 9, cmd_get: 50 }],
  ])('%s gives no rate', (_, stats) => {
    expect(figuresOf({ at: 2000, stats: statsOf(stats) }, before).rates.get).toBeUndefined();
  });

  test('without gets there is no hit ratio', () => {
    expect(figuresOf({ ...before, at: 2000 }, before)).toMatchObject({ hitRatio: undefined, rates: { get: 0 } });
  });

  test('the names of Couchbase count as well', () => {
    const stats = statsOf({ mem_used: 10, ep_max_size: 100, cmd_total: 5 });
    expect(figuresOf({ at: 0, stats }, undefined)).toMatchObject({ bytes: 10, maxBytes: 100 });
  });

  test('a value that is not a number has no figure', () => {
    expect(figuresOf({ at: 0, stats: statsOf({ curr_items: 'many', bytes: '' }) }, undefined)).toMatchObject({
      items: undefined,
      bytes: undefined,
    });
  });
});

describe('state', () => {
  test('a node is new until it replies, and slow if it does not within a second', () => {
    const record = new NodeRecord('a', 0);
    expect(record.tick(500)).toMatchObject({ state: 'new', figures: undefined });
    expect(record.tick(1500)).toMatchObject({ state: 'slow', problem: 'no reply for 1.5 s' });
    record.heard({ at: 2000, stats: statsOf({ pid: 1 }) });
    expect(record.tick(2000)).toMatchObject({ state: 'up', problem: undefined });
  });

  test('a node that owes a reply for longer than a second is slow, and shows no figures', () => {
    const record = new NodeRecord('a', 0);
    record.heard({ at: 0, stats: statsOf({ pid: 1 }) });
    expect(record.tick(10).state).toBe('up');
    expect(record.tick(900).state).toBe('up');
    expect(record.tick(2500)).toMatchObject({ state: 'slow', problem: 'no reply for 2.5 s', figures: undefined });
  });

  test('a node that cannot be reached is down with its reason until it replies', () => {
    const record = new NodeRecord('a', 0);
    record.failed('refused', false);
    expect(record.tick(0)).toMatchObject({ state: 'down', problem: 'refused' });
    expect(record.tick(9000)).toMatchObject({ state: 'down', problem: 'refused' });
    record.heard({ at: 9000, stats: statsOf({ pid: 1 }) });
    expect(record.tick(9000).state).toBe('up');
  });

  test('what happened while a node was down is no rate', () => {
    const record = new NodeRecord('a', 0);
    record.heard({ at: 0, stats: statsOf({ pid: 1, cmd_get: 0 }) });
    record.failed('refused', false);
    record.heard({ at: 1000, stats: statsOf({ pid: 1, cmd_get: 9 }) });
    expect(record.tick(1000).figures?.rates.get).toBeUndefined();
  });

  test('the first three probes, which include the time to connect, do not count', () => {
    const { p50, p99 } = upRow('a', 1, 1);
    expect([p50, p99]).toEqual([0.5, 0.99]);
  });
});

test('percentiles are those of the last 300 probes', () => {
  const latency = new Latency();
  expect(latency.percentile(0.5)).toBeUndefined();
  for (let ms = 1; ms <= 400; ms++) latency.add(ms);
  expect([latency.count, latency.percentile(0), latency.percentile(0.5), latency.percentile(1)]).toEqual([
    300, 101, 250, 400,
  ]);
});

describe('settings that differ', () => {
  const nodes = (
    ...values: readonly Readonly<Record<string, string>>[]
  ): ReadonlyMap<string, ReadonlyMap<string, string>> =>
    new Map(values.map((value, index) => ['abc'.charAt(index), statsOf(value)]));

  test('are named with the value that most nodes have', () => {
    const found = settingsThatDiffer(nodes({ maxconns: '1024' }, { maxconns: '1024' }, { maxconns: '64' }));
    expect(found).toMatchObject([{ name: 'maxconns', usual: '1024' }]);
    expect(found[0]?.values.get('c')).toBe('64');
  });

  test('without a majority none is usual', () => {
    expect(settingsThatDiffer(nodes({ x: '1' }, { x: '2' }))).toMatchObject([{ name: 'x', usual: undefined }]);
  });

  test('ports, addresses and settings that only some nodes know do not count', () => {
    expect(
      settingsThatDiffer(nodes({ tcpport: '1', inter: 'a', y: '1' }, { tcpport: '2', inter: 'b', 'h:1:z': '1' })),
    ).toEqual([]);
  });
});
