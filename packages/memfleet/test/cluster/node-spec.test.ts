import { describe, expect, it } from 'vitest';
import { type ClusterNode, type NodeInput, parseNodes, withoutRepeats } from '../../src/cluster/node-spec.ts';
import { ConfigError, InvalidOptionError } from '../../src/core/errors.ts';

function one(input: NodeInput, port?: number): ClusterNode {
  return parseNodes([input], port)[0] as ClusterNode;
}

describe('a node as people write it', () => {
  it.each<readonly [NodeInput, string, number, string]>([
    ['cache1', 'cache1', 11211, 'cache1:11211'],
    ['cache1:11212', 'cache1', 11212, 'cache1:11212'],
    [' cache-1.example.com:1 ', 'cache-1.example.com', 1, 'cache-1.example.com:1'],
    ['10.0.0.1:65535', '10.0.0.1', 65535, '10.0.0.1:65535'],
    ['[::1]', '::1', 11211, '[::1]:11211'],
    ['[::1]:11212', '::1', 11212, '[::1]:11212'],
    ['::1', '::1', 11211, '[::1]:11211'],
    ['::', '::', 11211, '[::]:11211'],
    ['fe80::1', 'fe80::1', 11211, '[fe80::1]:11211'],
    ['2001:db8::1:1121', '2001:db8::1:1121', 11211, '[2001:db8::1:1121]:11211'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1', 11211, '[::ffff:10.0.0.1]:11211'],
    ['[fe80::1%eth0]:1', 'fe80::1%eth0', 1, '[fe80::1%eth0]:1'],
    [{ host: 'cache1' }, 'cache1', 11211, 'cache1:11211'],
    [{ host: '::1', port: 11212 }, '::1', 11212, '[::1]:11212'],
    [{ host: new URL('http://[2001:db8::1]:1').hostname, port: 1 }, '2001:db8::1', 1, '[2001:db8::1]:1'],
  ])('%j', (input, host, port, name) => {
    expect(one(input)).toEqual({ id: name, host, port, weight: 1, address: { host, port }, name });
  });

  it.each<readonly [NodeInput, string]>([
    ['/run/memcached.sock', '/run/memcached.sock'],
    ['unix:/run/memcached.sock', '/run/memcached.sock'],
    ['unix:///run/memcached.sock', '/run/memcached.sock'],
    [{ path: '/run/memcached.sock' }, '/run/memcached.sock'],
  ])('%j is a socket', (input, path) => {
    expect(one(input)).toEqual({ id: path, host: path, port: 0, weight: 1, address: { path }, name: path });
  });

  it('has a weight and a name of its own', () => {
    expect(one({ host: 'a', port: 1, weight: 3, id: 'rack1' })).toMatchObject({ id: 'rack1', weight: 3, name: 'a:1' });
  });

  it('has the port that is given for all where it has none', () => {
    expect(one('a', 22122).port).toBe(22122);
    expect(one('a:1', 22122).port).toBe(1);
  });

  it.each<readonly [unknown, RegExp]>([
    ['', /"" is not host/],
    [' ', /is not host/],
    ['a b', /"a b" is not host/],
    ['a:', /"a:" is not host/],
    ['a:x', /"a:x" is not host/],
    ['a:b:c', /"a:b:c" is not host/],
    ['abc:123:456', /is not host/],
    [':11211', /is not host/],
    ['2001:db8::1:11211', /is not host/],
    ['[::1', /is not host/],
    ['[]', /is not host/],
    ['[nonsense]:1', /is not host/],
    ['[10.0.0.1]:1', /is not host/],
    ['a/b', /is not host/],
    ['user@a', /is not host/],
    ['a?b=1', /is not host/],
    ['memcached://a:1', /a connection string is not a node.*parseConnectionString/],
    ['a:0', /port of .* must be 1 to 65535/],
    ['a:65536', /port of .* must be 1 to 65535/],
    ['unix:', /path of .* (is empty|must be a text)/],
    [{}, /has no host/],
    [{ host: '' }, /has no host/],
    [{ host: 5 }, /has no host/],
    [{ host: 'a:11211' }, /the host of .* is neither a name nor an IP address/],
    [{ host: '[a]' }, /the host of .* is neither a name nor an IP address/],
    [{ host: '[::1' }, /the host of .* is neither a name nor an IP address/],
    [{ host: 'a b' }, /the host of .* is neither a name nor an IP address/],
    [{ host: 'user@a' }, /the host of .* is neither a name nor an IP address/],
    [{ host: 'a', port: 1.5 }, /port of .* must be 1 to 65535/],
    [{ host: 'a', port: '11211' }, /port of .* must be 1 to 65535/],
    [{ host: 'a', path: '/x' }, /both a path and a host or port/],
    [{ port: 1, path: '/x' }, /both a path and a host or port/],
    [{ path: '' }, /path of .* (is empty|must be a text)/],
    [{ path: 5 }, /path of .* must be a text/],
    [{ host: 'a', weight: 0 }, /weight of .* must be a whole number from 1/],
    [{ host: 'a', weight: 1.5 }, /weight of .* must be a whole number from 1/],
    [{ host: 'a', weigth: 2 }, /unknown field "weigth"/],
    [{ host: 'a', id: '' }, /the id of .* must be a text/],
    [{ host: 'a', id: 5 }, /the id of .* must be a text/],
    [null, /null is not a node/],
    [undefined, /undefined is not a node/],
    [5, /5 is not a node/],
  ])('%j is none, and the complaint names it', (input, message) => {
    expect(() => parseNodes([input as NodeInput])).toThrow(InvalidOptionError);
    expect(() => parseNodes([input as NodeInput])).toThrow(message);
  });

  it('stands once in a list, however it is written', () => {
    expect(() => parseNodes(['a', 'b', 'a:11211'])).toThrow('nodes: a:11211 is listed twice');
    expect(() => parseNodes(['/x', 'unix:/x'])).toThrow('/x is listed twice');
    expect(parseNodes(['a', 'a:1', 'b'])).toHaveLength(3);
    expect(parseNodes([])).toEqual([]);
  });

  it('has a name on the ring that no other node has: one of the two would never get a key', () => {
    const twice = [
      { host: 'a', id: 'x' },
      { host: 'b', id: 'y' },
      { host: 'c', id: 'x' },
    ];
    expect(() => parseNodes(twice)).toThrow(InvalidOptionError);
    expect(() => parseNodes(twice)).toThrow('nodes: a:11211 and c:11211 have the same name on the ring, "x"');
    expect(() => parseNodes([{ host: 'a', id: 'b:11211' }, 'b'])).toThrow('have the same name on the ring, "b:11211"');
  });

  it('may have several names on the ring, and then the keys of all of them', () => {
    const [one, two] = parseNodes([
      { host: 'a', id: 'server1' },
      { host: 'a', port: 11211, id: 'server2' },
    ]);
    expect([one, two]).toMatchObject([
      { name: 'a:11211', id: 'server1' },
      { name: 'a:11211', id: 'server2' },
    ]);
  });
});

describe('what discovery found', () => {
  it('has each node once, however often it was named', () => {
    const found = ['a', 'b', 'a:11211', { host: 'a', id: 'rack1' }, { host: 'a', id: 'rack1' }].map((node) =>
      one(node),
    );
    expect(withoutRepeats(found).map(({ id }) => id)).toEqual(['a:11211', 'b:11211', 'rack1']);
  });

  it('is refused where two nodes have one name on the ring', () => {
    const found = [one({ host: 'a', id: 'x' }), one({ host: 'b', id: 'x' })];
    expect(() => withoutRepeats(found)).toThrow(ConfigError);
  });
});
