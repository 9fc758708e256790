import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createLocator } from '../../src/cluster/locator/registry.ts';
import { compareConfigs, isNewer, isSameConfig } from '../../src/couchbase/bucket-config.ts';
import { flat, modern, read, rows, servers } from './support/documents.ts';

function at(fields: Record<string, unknown>, map: readonly (readonly number[])[] = [[0], [1]]) {
  return read(modern([1, 2], map, fields));
}

describe('which configuration is newer', () => {
  test.each([
    [{ rev: 2 }, { rev: 1 }, true],
    [{ rev: 1 }, { rev: 1 }, false],
    [{ rev: 1 }, { rev: 2 }, false],
    [{ rev: 1, revEpoch: 2 }, { rev: 9, revEpoch: 1 }, true],
    [{ rev: 9, revEpoch: 1 }, { rev: 1, revEpoch: 2 }, false],
    [{ rev: 1, revEpoch: 0 }, { rev: 9 }, true],
    [{ rev: 10 }, { rev: 9, revEpoch: 0 }, false],
  ])('%j after %j: %s', (candidate, current, expected) => {
    expect(isNewer(at(candidate), at(current))).toBe(expected);
  });

  test('one without a revision, or with revision 0, is taken when it differs', () => {
    const other = [[1], [0]];
    expect(isNewer(at({}, other), at({ rev: 5 }))).toBe(true);
    expect(isNewer(at({ rev: 0 }, other), at({ rev: 5 }))).toBe(true);
    expect(isNewer(at({}), at({ rev: 5 }))).toBe(false);
    expect(isNewer(at({ rev: 1 }, other), at({}))).toBe(true);
  });

  test('one with another number of vBuckets is not', () => {
    expect(isNewer(at({ rev: 9 }, [[0]]), at({ rev: 1 }))).toBe(false);
  });

  test('one of a bucket that was made anew is, whatever its revision', () => {
    expect(isNewer(at({ rev: 1, uuid: 'b' }, [[0]]), at({ rev: 9, uuid: 'a' }))).toBe(true);
    expect(isNewer(at({ rev: 1, uuid: 'a' }), at({ rev: 9, uuid: 'a' }))).toBe(false);
  });
});

describe('the difference between two configurations (libvbucket)', () => {
  const before = read(flat());

  test('none', () => {
    expect(compareConfigs(before, read(flat()))).toEqual({
      added: [],
      removed: [],
      sequenceChanged: false,
      vbucketsMoved: 0,
      ownersChanged: 0,
    });
    expect(isSameConfig(before, read(flat()))).toBe(true);
  });

  test('a server in the place of another, one vBucket moved', () => {
    const serverList = ['server1:11211', 'server2:11210', 'server4:11211'];
    const vBucketMap = [...rows.slice(0, 3), [0, 2, 0]];
    expect(compareConfigs(before, read(flat({ serverList, vBucketMap })))).toEqual({
      added: ['server4:11211'],
      removed: ['server3:11211'],
      sequenceChanged: true,
      vbucketsMoved: 1,
      ownersChanged: 2,
    });
  });

  test('the same owners in another order of the list', () => {
    const order = [2, 0, 1];
    const serverList = order.map((index) => servers[index]!);
    const vBucketMap = rows.map((row) => row.map((index) => (index < 0 ? index : order.indexOf(index))));
    const diff = compareConfigs(before, read(flat({ serverList, vBucketMap })));
    expect(diff).toMatchObject({ sequenceChanged: true, vbucketsMoved: 4, ownersChanged: 0 });
  });

  test('another number of vBuckets', () => {
    const after = read({
      numReplicas: 1,
      serverList: ['server1:11211', 'server2:11210'],
      vBucketMap: Array.from({ length: 8 }, () => [0, 1]),
    });
    const diff = { added: [], removed: ['server3:11211'], sequenceChanged: true, vbucketsMoved: -1, ownersChanged: 8 };
    expect(compareConfigs(before, after)).toEqual(diff);
  });

  test('another user or password', () => {
    const one = read(flat({ name: 'theUser', saslPassword: 'thePassword' }));
    const other = read(flat({ name: 'theUserIsDifferent', saslPassword: 'thePasswordIsDifferent' }));
    const diff = { added: [], removed: [], sequenceChanged: true, vbucketsMoved: 0, ownersChanged: 0 };
    expect(compareConfigs(one, other)).toEqual(diff);
  });

  test('a moved replica is not counted, but is a difference', () => {
    const after = read(flat({ vBucketMap: [[0, 2, 1], ...rows.slice(1)] }));
    expect(compareConfigs(before, after)).toMatchObject({ sequenceChanged: false, vbucketsMoved: 0 });
    expect(isSameConfig(before, after)).toBe(false);
  });
});

describe('memcached-type buckets', () => {
  const ports = [14, 10, 12, 8, 6, 4, 2, 0].map((i) => 12_000 + i);
  const bucket = (list: readonly number[]) =>
    read({
      nodeLocator: 'ketama',
      nodes: list.map((direct) => ({ hostname: '172.16.16.76:9000', ports: { direct } })),
    });

  test('the order of the list means nothing', () => {
    const diff = { added: [], removed: [], sequenceChanged: false, vbucketsMoved: 0, ownersChanged: 0 };
    expect(compareConfigs(bucket(ports), bucket(ports.toSorted((a, b) => a - b)))).toEqual(diff);
  });

  test("libvbucket's eight nodes own the keys 0 … 999999 as its reference file says", () => {
    const { nodes } = bucket(ports);
    const locator = createLocator('couchbase-ketama', nodes);
    const md5 = createHash('md5');
    for (let key = 0; key < 1_000_000; key++) md5.update(nodes[locator.locate(String(key))]!.name);
    expect(md5.digest('hex')).toBe('7f4da8f120e89d695094f45a74346dbe');
  });
});
