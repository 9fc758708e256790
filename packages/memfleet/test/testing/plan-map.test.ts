import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nobody, planMap, type Row } from '../../src/testing/cluster/plan-map.ts';

function counts(rows: readonly Row[], nodes: readonly number[], copy: number): number[] {
  return nodes.map((node) => rows.filter((row) => row[copy] === node).length);
}

/** The number of vBuckets whose active node differs. */
function movesBetween(before: readonly Row[], after: readonly Row[]): number {
  return after.filter((row, vbucket) => row[0] !== before[vbucket]?.[0]).length;
}

const nodeLists = fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 8 });
const vbucketCounts = fc.constantFrom(1, 3, 16, 64);
const replicaCounts = fc.integer({ min: 0, max: 3 });

describe('the map that a rebalance aims at', () => {
  test('every node has the same number of active copies, give or take one; no node is twice in a row', () => {
    fc.assert(
      fc.property(nodeLists, nodeLists, vbucketCounts, replicaCounts, (before, nodes, vbuckets, replicas) => {
        const rows = planMap(planMap([], before, vbuckets, replicas), nodes, vbuckets, replicas);
        expect(rows).toHaveLength(vbuckets);
        const held = counts(rows, nodes, 0);
        expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(1);
        for (const row of rows) {
          expect(row).toHaveLength(replicas + 1);
          const holders = row.filter((node) => node !== nobody);
          expect(new Set(holders).size).toBe(holders.length);
          expect(holders).toHaveLength(Math.min(replicas + 1, nodes.length));
          for (const holder of holders) expect(nodes).toContain(holder);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('no active copy moves that need not: from nodes that leave all, from others what is over their share', () => {
    fc.assert(
      fc.property(nodeLists, nodeLists, vbucketCounts, (before, nodes, vbuckets) => {
        const old = planMap([], before, vbuckets, 1);
        const share = Math.ceil(vbuckets / nodes.length);
        const least = before.reduce((sum, node) => {
          const held = old.filter((row) => row[0] === node).length;
          return sum + (nodes.includes(node) ? Math.max(0, held - share) : held);
        }, 0);
        // Where the share does not divide evenly, a node may have to give one more.
        expect(movesBetween(old, planMap(old, nodes, vbuckets, 1))).toBeLessThanOrEqual(least + nodes.length);
      }),
    );
  });

  test('nothing moves when nothing changed', () => {
    const rows = planMap([], [0, 1, 2, 3], 64, 2);
    expect(planMap(rows, [0, 1, 2, 3], 64, 2)).toEqual(rows);
  });

  test('adding a fourth node to three moves a quarter of 1024 vBuckets', () => {
    const rows = planMap([], [0, 1, 2], 1024, 1);
    expect(movesBetween(rows, planMap(rows, [0, 1, 2, 3], 1024, 1))).toBe(256);
  });

  test('the replicas of one node are spread over all others', () => {
    const nodes = [0, 1, 2, 3];
    const rows = planMap([], nodes, 1024, 1);
    const ofFirst = rows.filter((row) => row[0] === 0);
    for (const other of [1, 2, 3]) {
      const share = ofFirst.filter((row) => row[1] === other).length;
      expect(share).toBeGreaterThan(60);
    }
    for (const held of counts(rows, nodes, 1)) expect(Math.abs(held - 256)).toBeLessThan(16);
    const more = [...nodes, 4];
    for (const held of counts(planMap(rows, more, 1024, 1), more, 1)) expect(Math.abs(held - 205)).toBeLessThan(16);
  });
});
