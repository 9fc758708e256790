/**
 * Attacks by documents: what a configuration service, or whoever poses as one, sends to stop the process that reads it.
 */
import { describe, expect, test } from 'vitest';
import { ConfigReplyReader } from '../../src/cluster/discovery/config-reply.ts';
import { ConfigError, InvalidOptionError } from '../../src/core/errors.ts';
import { parseBucketDocument } from '../../src/couchbase/bucket-document.ts';
import { DocumentSplitter } from '../../src/couchbase/rest/document-splitter.ts';
import { resolveFleet } from '../../src/fleet/resolve.ts';
import { cpuOf } from '../support/cpu-of.ts';

/** Feeds `size` bytes without an end, a few at a time. */
function dripping(reader: () => { push(chunk: Uint8Array): unknown }, start: string, size: number): () => void {
  return () => {
    const target = reader();
    target.push(Buffer.from(start));
    const piece = Buffer.alloc(16, 'x');
    for (let sent = 0; sent < size; sent += piece.length) target.push(piece);
  };
}

const kilobyte = 1024;

describe('a document that comes in very small pieces', () => {
  test.each([
    ['REST', () => new DocumentSplitter(100 * kilobyte * kilobyte), '{"name":"'],
    ['the configuration endpoint', () => new ConfigReplyReader(), 'CONFIG cluster 0 10\r\n'],
  ])('of %s costs CPU in proportion to its length, not to its square', (_, reader, start) => {
    const short = cpuOf(dripping(reader, start, 200 * kilobyte), 5);
    const long = cpuOf(dripping(reader, start, 800 * kilobyte), 5);
    expect(long / short).toBeLessThan(9);
  });
});

/** `[[[…]]]`: JSON.parse reads it, whoever walks it by recursion overflows the stack. */
const deep = '['.repeat(10_000) + ']'.repeat(10_000);
const context = { bucket: 'default', host: 'h', tls: false, network: 'default' };
const flat = '"numReplicas":0,"serverList":["a:1"],"vBucketMap":[[0]]';

describe('JSON of 10 000 levels', () => {
  test.each([
    ['the whole', deep],
    ['the list of buckets', `[{"name":${deep}}]`],
    ['a bucket', `{"buckets":[${deep}]}`],
    ['name', `{"name":${deep},${flat}}`],
    ['nodeLocator', `{"nodeLocator":${deep},${flat}}`],
    ['uuid', `{"uuid":${deep},${flat}}`],
    ['rev', `{"rev":${deep},${flat}}`],
    ['saslPassword', `{"saslPassword":${deep},${flat}}`],
    ['vBucketServerMap', `{"vBucketServerMap":${deep}}`],
    ['numReplicas', `{"numReplicas":${deep},"serverList":["a:1"],"vBucketMap":[[0]]}`],
    ['serverList', `{"numReplicas":0,"serverList":[${deep}],"vBucketMap":[[0]]}`],
    ['vBucketMap', `{"numReplicas":0,"serverList":["a:1"],"vBucketMap":${deep}}`],
    ['nodes', `{"nodes":[{"x":${deep}}],"vBucketServerMap":{}}`],
    ['nodesExt', `{"nodesExt":[${deep}],"vBucketServerMap":{}}`],
    ['services', `{"nodesExt":[{"services":${deep}}],"vBucketServerMap":{}}`],
  ])('in %s is a ConfigError', (_, text) => {
    expect(() => parseBucketDocument(text, context)).toThrow(ConfigError);
  });

  test('in an option is an InvalidOptionError', () => {
    const value = JSON.parse(deep) as object;
    for (const settings of [{ couchbase: { map: value } }, { nodes: [{ host: 'a', id: value as unknown as string }] }])
      expect(() => resolveFleet(settings)).toThrow(InvalidOptionError);
  });
});

test.each(['x'.repeat(100_000), '['.repeat(2000), 'a b', 'user@h', ''])(
  'a document that names a host of no possible form (%#) makes a short message',
  (host) => {
    const documents = [
      { numReplicas: 0, serverList: [`${host}:1`], vBucketMap: [[0]] },
      { nodesExt: [{ hostname: host, services: { kv: 1 } }], vBucketServerMap: { numReplicas: 0, vBucketMap: [[0]] } },
      { nodes: [{ hostname: host, ports: { direct: 1 } }], nodeLocator: 'ketama' },
    ];
    for (const document of documents) {
      expect(() => parseBucketDocument(document, context)).toThrow(ConfigError);
      expect(() => parseBucketDocument(document, context)).toThrow(/^.{10,200}$/);
    }
  },
);

test('a document of a hundred thousand buckets makes a short message', () => {
  const buckets = Array.from({ length: 100_000 }, (_, i) => ({ name: `bucket-${i}` }));
  expect(() => parseBucketDocument({ buckets }, context)).toThrow(
    /^there is no bucket "default"; there are "bucket-0", .*"bucket-7" and 99992 more$/,
  );
});
