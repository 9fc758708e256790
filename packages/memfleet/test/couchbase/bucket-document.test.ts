import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/core/errors.ts';
import { addresses, flat, modern, read, rows, servers } from './support/documents.ts';

const eight = [14, 10, 12, 8, 6, 4, 2, 0].map((i) => 12_000 + i);

describe('documents of libvbucket', () => {
  test.each([
    ['a bare map', flat()],
    ['a bare map as text', JSON.stringify(flat())],
    ['a map in an envelope', { otherKeyThatIsIgnored: 12345, vBucketServerMap: flat() }],
    [
      'an envelope with unhealthy nodes',
      {
        name: 'default',
        nodes: [{ hostname: '127.0.0.1', status: 'unhealthy', ports: { proxy: 11213, direct: 11212 } }],
        vBucketServerMap: flat(),
      },
    ],
  ])('%s', (_, document) => {
    const config = read(document);
    expect(addresses(config)).toEqual(servers);
    expect(config.map).toMatchObject({ count: 4, replicas: 2 });
    expect(config.revision).toBeUndefined();
  });

  test('the name and the password of the bucket are kept', () => {
    const config = read(flat({ name: 'theUser', saslPassword: 'thePassword' }));
    expect(config).toMatchObject({ name: 'theUser', saslPassword: 'thePassword' });
  });

  test('a memcached-type bucket has nodes and no map', () => {
    const config = read({
      name: 'default',
      nodeLocator: 'ketama',
      nodes: eight.map((direct) => ({ hostname: '172.16.16.76:9007', ports: { proxy: direct + 1, direct } })),
    });
    expect(config.map).toBeUndefined();
    expect(addresses(config)).toEqual(eight.map((port) => `172.16.16.76:${port}`));
  });

  test('a memcached-type bucket with a server list is read from that (Moxi)', () => {
    const config = read({ nodeLocator: 'ketama', vBucketServerMap: { serverList: servers }, nodes: [] });
    expect(addresses(config)).toEqual(servers);
  });

  test('of all buckets the named one is read, else the default', () => {
    const buckets = [
      { name: 'default', vBucketServerMap: flat() },
      { name: 'other', saslPassword: 'secret', vBucketServerMap: flat({ serverList: ['a:1', 'b:2', 'c:3'] }) },
    ];
    expect(read({ buckets }, { bucket: 'other' })).toMatchObject({ name: 'other', saslPassword: 'secret' });
    expect(read(buckets).name).toBe('default');
    expect(() => read({ buckets }, { bucket: 'third' })).toThrow(
      'there is no bucket "third"; there are "default", "other"',
    );
  });
});

describe('$HOST', () => {
  const document = flat({ serverList: ['$HOST:11210', 'server2:11210', '[::2]:11210'] });

  test('is the host that the document came from', () => {
    expect(addresses(read(document, { host: '10.9.9.9' }))).toEqual(['10.9.9.9:11210', 'server2:11210', '[::2]:11210']);
  });

  test('an IPv6 host is put in brackets', () => {
    const config = read(document, { host: 'fe80::1' });
    expect(config.nodes[0]).toMatchObject({ name: '[fe80::1]:11210', address: { host: 'fe80::1', port: 11210 } });
  });

  test('in nodes[] and nodesExt[], and where nodesExt has no host name', () => {
    const ketama = { nodeLocator: 'ketama', nodes: [{ hostname: '$HOST:8091', ports: { direct: 11210 } }] };
    expect(addresses(read(ketama))).toEqual(['10.1.2.3:11210']);
    const nodesExt = [{ hostname: '$HOST', services: { kv: 1 } }, { services: { kv: 2 } }];
    expect(addresses(read(modern([], [[0], [1]], { nodesExt })))).toEqual(['10.1.2.3:1', '10.1.2.3:2']);
  });
});

describe('documents of modern clusters', () => {
  test('server n is entry n of nodesExt; nodes without the data service come behind', () => {
    const config = read(modern([11210, 11212, undefined], [[0], [1]]));
    expect(addresses(config)).toEqual(['10.1.2.3:11210', '10.1.2.3:11212']);
  });

  test('a data node that is not in the bucket yet is left out', () => {
    const vBucketServerMap = { numReplicas: 0, serverList: ['$HOST:1'], vBucketMap: [[0]] };
    expect(addresses(read(modern([1, 2], [[0]], { vBucketServerMap })))).toEqual(['10.1.2.3:1']);
  });

  test('a list of servers that is longer than nodesExt is believed', () => {
    const vBucketServerMap = { numReplicas: 0, serverList: ['a:1', 'b:2'], vBucketMap: [[0], [1]] };
    expect(addresses(read(modern([1], [[0]], { vBucketServerMap })))).toEqual(['a:1', 'b:2']);
  });

  test('a row may be shorter than numReplicas + 1: the other copies have no node', () => {
    const vBucketServerMap = { numReplicas: 2, vBucketMap: [[0], [1, 0]] };
    const { map } = read(modern([1, 2], [], { vBucketServerMap }));
    expect([map!.server(0, 1), map!.server(1, 1), map!.server(1, 2)]).toEqual([-1, 0, -1]);
  });

  test('a row may be longer than numReplicas + 1: the copies beyond it are ignored', () => {
    const { map } = read({ vBucketServerMap: { numReplicas: 0, serverList: ['a:11210'], vBucketMap: [[0, -1]] } });
    expect([map!.replicas, map!.server(0), map!.server(0, 1)]).toEqual([0, 0, -1]);
  });

  test('a copy beyond numReplicas must name a server as well', () => {
    const vBucketServerMap = { numReplicas: 0, serverList: ['a:11210'], vBucketMap: [[0, 1]] };
    expect(() => read({ vBucketServerMap })).toThrow('row 0 of "vBucketMap" names server 1; the list has 1 servers');
  });

  test.each([
    [{ rev: 5 }, { epoch: -1, rev: 5 }],
    [
      { rev: 5, revEpoch: 2 },
      { epoch: 2, rev: 5 },
    ],
    [{ rev: 0, revEpoch: 2 }, undefined],
    [{}, undefined],
  ])('the revision of %j', (fields, revision) => {
    expect(read(modern([1], [[0]], fields)).revision).toEqual(revision);
  });

  test('TLS wants kvSSL; the name on the ring stays the plain address', () => {
    const nodesExt = [{ hostname: 'n1', services: { kv: 11210, kvSSL: 11207 } }];
    const config = read(modern([], [[0]], { nodesExt }), { tls: true });
    expect(config.nodes[0]).toMatchObject({ id: 'n1:11210', name: 'n1:11207', port: 11207 });
  });

  test('TLS on an old document: ports.sslDirect of the node', () => {
    const document = {
      nodes: [{ hostname: 'n1:8091', ports: { direct: 11210, sslDirect: 11207 } }],
      vBucketServerMap: { numReplicas: 0, serverList: ['n1:11210'], vBucketMap: [[0]] },
    };
    expect(addresses(read(document, { tls: true }))).toEqual(['n1:11207']);
  });
});

describe('alternate addresses', () => {
  const nodesExt = [
    {
      hostname: 'in1',
      services: { kv: 11210 },
      alternateAddresses: { external: { hostname: 'out1', ports: { kv: 30_001 } } },
    },
    { hostname: 'in2', services: { kv: 11210 }, alternateAddresses: { external: { hostname: 'out2' } } },
    { hostname: 'in3', services: { kv: 11210 } },
  ];
  const document = modern([], [[0], [1]], { nodesExt, nodes: [{}, {}, {}] });
  const inside = ['in1:11210', 'in2:11210', 'in3:11210'];
  const outside = ['out1:30001', 'out2:11210', 'in3:11210'];

  test.each([
    ['auto', 'in2', 'default', inside],
    ['auto', 'out2', 'external', outside],
    ['auto', 'elsewhere', 'default', inside],
    ['external', 'elsewhere', 'external', outside],
    ['default', 'out2', 'default', inside],
  ])('network %s from the host %s gives %s', (network, host, chosen, expected) => {
    const config = read(document, { network, host });
    expect(config.network).toBe(chosen);
    expect(addresses(config)).toEqual(expected);
  });

  test('the names on the ring are those of the default network', () => {
    const ketama = { nodeLocator: 'ketama', nodesExt };
    const { nodes } = read(ketama, { network: 'external' });
    expect(nodes.map((node) => node.id)).toEqual(inside);
  });
});

describe('nodes whose data ports are for TLS only', () => {
  test('in the chosen network, are named with the network', () => {
    const alternateAddresses = { external: { hostname: 'private.example', ports: { kvSSL: 11_207 } } };
    const nodesExt = [1, 2].map((n) => ({ hostname: `n${n}`, services: { kv: 11_210 }, alternateAddresses }));
    const document = modern([], [[0], [1]], { nodesExt, nodes: [{}, {}] });
    expect(() => read(document, { network: 'external' })).toThrow(
      'node 0 (private.example) of the network "external" has only a data port for TLS (kvSSL); connect by TLS',
    );
  });

  test('in the default network, are named', () => {
    const nodesExt = [{ hostname: 'n1', services: { kvSSL: 11_207 } }];
    expect(() => read(modern([], [[0]], { nodesExt }))).toThrow('node 0 (n1) has only a data port for TLS (kvSSL)');
    expect(addresses(read(modern([], [[0]], { nodesExt }), { tls: true }))).toEqual(['n1:11207']);
  });
});

describe('documents that are refused', () => {
  const refused: readonly [what: string, document: unknown, message: RegExp][] = [
    ['a page of a proxy', '<html><h1>502 Bad Gateway', /no JSON, it begins with "<html>.*page of a proxy/],
    ['nothing', '', /it is empty/],
    ['half a document', '{"name":"default"', /no JSON/],
    ['a number', '12', /not a bucket's document: 12/],
    ['another document', { pools: [], uuid: 'x' }, /no "vBucketServerMap"; its fields are pools, uuid/],
    [
      'a cluster without bucket',
      { rev: 1, nodesExt: [{ services: { kv: 1 } }] },
      /describes the cluster, not a bucket/,
    ],
    ['no buckets', { buckets: [] }, /there is no bucket "default"; there are none/],
    ['an unknown locator', flat({ nodeLocator: 'modula' }), /"nodeLocator" must be .* not "modula"/],
    ['no servers', flat({ serverList: [] }), /names no node with the data service/],
    ['no servers and no list', { numReplicas: 0, vBucketMap: [[0]] }, /names no node with the data service/],
    ['a server without port', flat({ serverList: ['a', 'b', 'c'] }), /"serverList" holds "a", which is not host:port/],
    ['a server that is a number', flat({ serverList: [1, 2, 3] }), /"serverList" holds 1/],
    ['a server twice', flat({ serverList: ['a:1', 'a:1', 'b:1'] }), /names the node a:1 twice/],
    ['no vBuckets', flat({ vBucketMap: [] }), /0 vBuckets; the bucket may still be starting/],
    ['3 vBuckets', flat({ vBucketMap: rows.slice(1) }), /3 vBuckets; it must be a power of two/],
    ['no map', { vBucketServerMap: { numReplicas: 0, serverList: ['a:1'] } }, /no "vBucketMap"/],
    ['a short row', flat({ vBucketMap: [[0, 1]] }), /row 0 of "vBucketMap" is \[0,1\], not 3 servers/],
    [
      'a row of more copies than any bucket has',
      modern([1], [[0]], { vBucketServerMap: { numReplicas: 0, vBucketMap: [[0, 0, 0, 0, 0, 0]] } }),
      /row 0 of "vBucketMap" is \[0,0,0,0,0,0\], not 1 servers/,
    ],
    ['an empty row', modern([1], [[]], { vBucketServerMap: { numReplicas: 0, vBucketMap: [[]] } }), /row 0/],
    ['a row that is none', flat({ vBucketMap: [7] }), /row 0 of "vBucketMap" is 7/],
    ['an index out of range', flat({ vBucketMap: [[0, 1, 3]] }), /row 0 .* names server 3; the list has 3 servers/],
    ['an index below −1', flat({ vBucketMap: [[-2, 1, 2]] }), /names server -2/],
    ['an index that is a text', flat({ vBucketMap: [['0', 1, 2]] }), /names server "0"/],
    ['a forward map of another size', flat({ vBucketMapForward: [[0, 1, 2]] }), /has 1 rows where .* has 4/],
    [
      'an index out of range ahead',
      flat({ vBucketMapForward: [...rows.slice(1), [9, 0, 0]] }),
      /row 3 of "vBucketMapF/,
    ],
    ['no number of replicas', flat({ numReplicas: undefined }), /"numReplicas" must be 0 to 4/],
    ['too many replicas', flat({ numReplicas: 5 }), /"numReplicas" must be 0 to 4, not 5/],
    [
      'a node without the data service',
      modern([1, undefined], [[0], [1]], { nodes: [{}, {}] }),
      /node 1 .* no data se/,
    ],
    ['only nodes without it', modern([undefined], [[0]]), /names no node with the data service/],
    ['a port that is none', modern([70_000], [[0]]), /"kv" is not a port but 70000/],
    ['nodesExt that is no list', modern([1], [[0]], { nodesExt: {} }), /"nodesExt" is not an array/],
    ['a revision that is a text', modern([1], [[0]], { rev: 'x' }), /"rev" is not a whole number but "x"/],
  ];

  test.each(refused)('%s', (_, document, message) => {
    expect(() => read(document)).toThrow(ConfigError);
    expect(() => read(document)).toThrow(message);
  });

  test('one of another bucket', () => {
    expect(() => read(modern([1], [[0]]), { bucket: 'mine' })).toThrow('describes the bucket "default", not "mine"');
  });

  test('one without TLS ports where TLS is wanted', () => {
    expect(() => read(modern([1], [[0]], { nodes: [{}] }), { tls: true })).toThrow('no data port for TLS (kvSSL)');
    expect(() => read(flat(), { tls: true })).toThrow('server1:11211 has no data port for TLS');
  });
});
