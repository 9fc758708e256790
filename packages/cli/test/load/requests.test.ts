/** The requests and values that a load consists of. */
import { describe, expect, test } from 'vitest';
import { KeyTable } from '../../src/load/key-table.ts';
import { readMix, readSizes } from '../../src/load/load-options.ts';
import { type LoadRequest, type RequestBatch, RequestSources } from '../../src/load/request-source.ts';
import { type Workload, workloadDefaults } from '../../src/load/workload.ts';

const workload = (given: Partial<Workload> = {}): Workload => ({ ...workloadDefaults, ...given });

function drawn(given: Partial<Workload>, count: number, index = 0): LoadRequest[] {
  const source = new RequestSources(workload(given)).source(index);
  return Array.from({ length: count }, () => source.next());
}

describe('requests', () => {
  test('are the same in every run with the same seed, and others with another', () => {
    const mix = readMix('get:3,set:2,mget:1');
    expect(drawn({ mix, seed: 7 }, 500)).toEqual(drawn({ mix, seed: 7 }, 500));
    expect(drawn({ mix, seed: 7 }, 500)).not.toEqual(drawn({ mix, seed: 8 }, 500));
    expect(drawn({ mix, seed: 7 }, 500)).not.toEqual(drawn({ mix, seed: 7 }, 500, 1));
  });

  test('have verbs in proportion to their weights', () => {
    const requests = drawn({ mix: readMix('get:9,set:1') }, 20_000);
    const sets = requests.filter(({ verb }) => verb === 'set').length;
    expect(sets).toBeGreaterThan(1800);
    expect(sets).toBeLessThan(2200);
  });

  test('have keys that are uniform, one after the other, or more often the first ones', () => {
    const counts = (given: Partial<Workload>): number[] => {
      const found = Array.from({ length: 100 }, () => 0);
      for (const { n } of drawn({ keys: 100, ...given }, 20_000)) found[n] = (found[n] ?? 0) + 1;
      return found;
    };
    expect(Math.max(...counts({}))).toBeLessThan(300);
    expect(new Set(counts({ distribution: { kind: 'sequential' } }))).toEqual(new Set([200]));
    const [first = 0, second = 0, , , , , , , , tenth = 0] = counts({ distribution: { kind: 'zipf', exponent: 1 } });
    expect(first / second).toBeCloseTo(2, 0);
    expect(first / tenth).toBeGreaterThan(8);
    expect(first / tenth).toBeLessThan(13);
  });

  test('of few keys come in batches that are made once, and every key is in them', () => {
    const [some, others] = [1, 2].map(() => new RequestSources(workload({ keys: 500, mix: readMix('get:9,set:1') })));
    const draw = (sources: RequestSources | undefined, index: number): RequestBatch[] => {
      const source = sources?.source(index);
      return Array.from({ length: 1000 }, () => source?.nextBatch(16) as RequestBatch);
    };
    const batches = draw(some, 1);
    // Another connection was first in the other run.
    draw(others, 7);
    expect(draw(others, 1)).toEqual(batches);
    expect(new Set(batches).size).toBeLessThanOrEqual(250);
    const numbers = new Set(batches.flatMap(({ requests }) => requests.map(({ n }) => n)));
    expect(numbers.size).toBeGreaterThan(495);
  });

  test('of one run share the sequential keys', () => {
    const sources = new RequestSources(workload({ distribution: { kind: 'sequential' } }));
    const [a, b] = [sources.source(0), sources.source(1)];
    expect([a.next().n, b.next().n, a.next().n]).toEqual([0, 1, 2]);
  });
});

describe('values', () => {
  test('have the size of their key, which does not change', () => {
    const table = new KeyTable(workload({ sizes: readSizes('10:50,100-200:50') }));
    const again = new KeyTable(workload({ sizes: readSizes('10:50,100-200:50') }));
    const sizes = Array.from({ length: 2000 }, (_, n) => table.size(n));
    expect(sizes.every((size) => size === 10 || (size >= 100 && size <= 200))).toBe(true);
    expect(sizes.filter((size) => size === 10).length).toSatisfy((count: number) => count > 850 && count < 1150);
    for (let n = 0; n < 100; n++) {
      expect(table.value(n)).toHaveLength(table.size(n));
      expect(again.value(n)).toBe(table.value(n));
    }
    expect(table.value(3).slice(0, 10)).toBe(table.key(3).slice(0, 10));
  });

  test('of a key whose size is 0 are empty', () => {
    expect(new KeyTable(workload({ sizes: readSizes('0') })).value(1)).toBe('');
  });
});
