import { describe, expect, test } from 'vitest';
import { toByteString } from '../../src/base/bytes.ts';
import { VbucketMap } from '../../src/couchbase/vbucket-map.ts';
import { flat, read, rows } from './support/documents.ts';

function mapOf(count: number): VbucketMap {
  return new VbucketMap(count, 0, new Int16Array(count));
}

const x250 = 'x'.repeat(250);
const fox = 'The quick brown fox jumps over the lazy dog';

/** key, then its vBucket of 1024, 256, 64, 16, 4 (docs/protocols.md#the-vbucket-of-a-key) */
const vectors: readonly [key: string, ...vbuckets: number[]][] = [
  ['', 0, 0, 0, 0, 0],
  ['a', 183, 183, 55, 7, 3],
  ['foo', 115, 115, 51, 3, 3],
  ['hello', 528, 16, 16, 0, 0],
  ['key', 656, 144, 16, 0, 0],
  ['key1', 92, 92, 28, 12, 0],
  ['key_0000000000', 207, 207, 15, 15, 3],
  ['user:1', 933, 165, 37, 5, 1],
  ['user:2', 684, 172, 44, 12, 0],
  ['session:abc', 5, 5, 5, 5, 1],
  ['airline_10', 361, 105, 41, 9, 1],
  ['hotel_10025', 564, 52, 52, 4, 0],
  ['test', 127, 127, 63, 15, 3],
  ['default', 862, 94, 30, 14, 2],
  ['123456789', 1012, 244, 52, 4, 0],
  [fox, 335, 79, 15, 15, 3],
  ['héllo', 571, 59, 59, 11, 3],
  [x250, 360, 104, 40, 8, 0],
];

describe('the vBucket of a key', () => {
  test.each(vectors)('%s', (key, ...vbuckets) => {
    const found = [1024, 256, 64, 16, 4].map((count) => mapOf(count).vbucketOf(toByteString(key)));
    expect(found).toEqual(vbuckets);
  });

  test('bytes 00 FF', () => {
    expect([1024, 64].map((count) => mapOf(count).vbucketOf('\x00\xff'))).toEqual([219, 27]);
  });

  test.each([
    ['hello', 0],
    ['doctor', 0],
    ['name', 3],
    ['continue', 3],
    ['yesterday', 0],
    ['tomorrow', 1],
    ['another key', 2],
  ])("libvbucket's own: %s", (key, vbucket) => {
    expect(mapOf(4).vbucketOf(key)).toBe(vbucket);
  });

  test('with one vBucket every key is in it', () => {
    expect(mapOf(1).vbucketOf('anything')).toBe(0);
  });
});

describe('the servers of a vBucket', () => {
  const map = read(flat()).map!;

  test('the active one and the replicas stand in the row', () => {
    for (const [vbucket, row] of rows.entries()) {
      expect([0, 1, 2].map((copy) => map.server(vbucket, copy))).toEqual(row);
    }
  });

  test('beyond the replicas there is no node', () => {
    expect(map.server(0, 3)).toBe(-1);
  });

  test('without a forward map it has no node', () => {
    expect(map.hasForward).toBe(false);
    expect(map.forwardServer(0)).toBe(-1);
  });

  test('the forward map says where a vBucket will be', () => {
    const ahead = [
      [3, 0, 0],
      [2, 1, 3],
      [1, 2, 2],
      [0, 3, 1],
    ];
    const serverList = ['server1:11211', 'server2:11210', 'server3:11211', 'server4:11211'];
    const moving = read(flat({ serverList, vBucketMapForward: ahead })).map!;
    expect(moving.hasForward).toBe(true);
    for (const [vbucket, row] of ahead.entries()) {
      expect([0, 1, 2].map((copy) => moving.forwardServer(vbucket, copy))).toEqual(row);
      expect(moving.server(vbucket)).toBe(rows[vbucket]![0]);
    }
  });
});
