/** A name with a line feed writes lines of its own into statistics and logs, whose readers take them for ours. */
import { expect, test } from 'vitest';
import { parseBucketDocument } from '../../src/couchbase/bucket-document.ts';
import { ConfigError, createClient, InvalidOptionError } from '../../src/index.ts';
import { createProxy, type ProxyOptions } from '../../src/proxy/index.ts';

const lines = ['a\nSTAT pid 1', 'a\r\nEND', 'a\0b', 'a\u001b[2J', 'a\u007f'];
const proxy = (changes: Partial<ProxyOptions>): unknown =>
  createProxy({ listeners: [{ port: 0, route: 'main' }], clusters: { main: { nodes: 'a' } }, ...changes });

test.each<[string, (name: string) => unknown]>([
  ['of a listener', (name) => proxy({ listeners: [{ name, port: 0, route: 'main' }] })],
  ['of a cluster', (name) => proxy({ clusters: { main: { nodes: 'a' }, [name]: { nodes: 'b' } } })],
  ['of a route', (name) => proxy({ routes: { [name]: 'main' } })],
  ['on the ring', (name) => createClient({ nodes: [{ host: 'a', id: name }] })],
  ['of a host', (name) => createClient({ nodes: [{ host: name }] })],
  ['of a socket', (name) => createClient({ nodes: [{ path: `/${name}` }] })],
  ['of a socket in a list', (name) => createClient({ nodes: [`/${name}`] })],
])('a name %s has no control characters', (_, make) => {
  for (const name of lines) {
    expect(() => make(name)).toThrow(InvalidOptionError);
    // The complaint itself is one line.
    expect(() => make(name)).toThrow(/^\P{Cc}*$/u);
  }
});

test('a host in the document of a bucket has no control characters', () => {
  const read = (host: string): unknown => {
    const document = {
      name: 'b',
      nodesExt: [{ hostname: host, services: { kv: 11_210 } }],
      vBucketServerMap: { hashAlgorithm: 'CRC', numReplicas: 0, serverList: [`${host}:11210`], vBucketMap: [[0]] },
    };
    return parseBucketDocument(JSON.stringify(document), { bucket: 'b', host: 'h', tls: false, network: 'auto' });
  };
  expect(read('a.example')).toMatchObject({ nodes: [{ host: 'a.example' }] });
  for (const name of lines) {
    expect(() => read(name)).toThrow(ConfigError);
    expect(() => read(name)).toThrow(/^\P{Cc}*$/u);
  }
});
