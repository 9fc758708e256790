import { describe, expect, test } from 'vitest';
import type { Resolver } from '../../src/cluster/discovery/discovery-source.ts';
import { dnsFinder, systemResolver } from '../../src/cluster/discovery/dns-finder.ts';
import { type DnsName, parseDnsName } from '../../src/cluster/discovery/dns-name.ts';
import { sourceOf } from '../../src/cluster/discovery/registry.ts';
import { parseNodes } from '../../src/cluster/node-spec.ts';
import { InvalidOptionError } from '../../src/core/errors.ts';

const signal = new AbortController().signal;

class FakeResolver implements Resolver {
  hosts: Record<string, readonly string[]> = {};
  srv: Record<string, readonly { name: string; port: number }[]> = {};

  addresses(host: string): Promise<readonly string[]> {
    const found = this.hosts[host];
    return found === undefined ? Promise.reject(new Error(`queryA ENOTFOUND ${host}`)) : Promise.resolve(found);
  }

  services(name: string): Promise<readonly { name: string; port: number }[]> {
    const found = this.srv[name];
    return found === undefined ? Promise.reject(new Error(`querySrv ENOTFOUND ${name}`)) : Promise.resolve(found);
  }
}

function name(text: string): DnsName {
  return parseDnsName(text);
}

async function found(resolver: Resolver, ...texts: string[]): Promise<string[]> {
  const nodes = await dnsFinder(texts.map(name), [], resolver)(signal);
  return nodes.map((node) => node.name);
}

describe('the prefixes of Thanos', () => {
  const resolver = new FakeResolver();
  resolver.hosts = { cache: ['10.0.0.2', '10.0.0.1', 'fd00::1'], n1: ['10.0.1.1'], n2: ['10.0.1.2', '10.0.1.3'] };
  resolver.srv = {
    '_memcache._tcp.cache': [
      { name: 'n2.', port: 11_212 },
      { name: 'n1', port: 11_211 },
    ],
  };

  test('dns+ takes the addresses of the host, sorted, with the port', async () => {
    expect(await found(resolver, 'dns+cache:11300')).toEqual(['10.0.0.1:11300', '10.0.0.2:11300', '[fd00::1]:11300']);
  });

  test('dns+ without port means 11211', async () => {
    expect(await found(resolver, 'dns+n1')).toEqual(['10.0.1.1:11211']);
  });

  test('dnssrv+ looks the targets up', async () => {
    expect(await found(resolver, 'dnssrv+_memcache._tcp.cache')).toEqual([
      '10.0.1.1:11211',
      '10.0.1.2:11212',
      '10.0.1.3:11212',
    ]);
  });

  test('dnssrvnoa+ keeps their names', async () => {
    expect(await found(resolver, 'dnssrvnoa+_memcache._tcp.cache')).toEqual(['n1:11211', 'n2:11212']);
  });

  test('a port behind an SRV name takes the place of the records’ ports', async () => {
    expect(await found(resolver, 'dnssrvnoa+_memcache._tcp.cache:9')).toEqual(['n1:9', 'n2:9']);
  });

  test('an address that two names give is one node', async () => {
    expect(await found(resolver, 'dns+n1', 'dnssrv+_memcache._tcp.cache:11211', 'dns+n1')).toEqual([
      '10.0.1.1:11211',
      '10.0.1.2:11211',
      '10.0.1.3:11211',
    ]);
  });

  test('plain nodes may stand beside names, with their weights', async () => {
    const plain = parseNodes([{ host: 'a', weight: 3 }])[0]!;
    const nodes = await dnsFinder([name('dns+n1')], [plain], resolver)(signal);
    expect(nodes.map((node) => [node.name, node.weight])).toEqual([
      ['10.0.1.1:11211', 1],
      ['a:11211', 3],
    ]);
  });
});

describe('names that fail', () => {
  test('a name that never gave anything fails the whole', async () => {
    const resolver = new FakeResolver();
    resolver.hosts = { a: ['1.1.1.1'] };
    await expect(found(resolver, 'dns+a', 'dns+b')).rejects.toThrow('queryA ENOTFOUND b');
  });

  test('of several names, one that fails keeps what it gave before', async () => {
    const resolver = new FakeResolver();
    resolver.hosts = { a: ['1.1.1.1'], b: ['2.2.2.2'] };
    const find = dnsFinder([name('dns+a'), name('dns+b')], [], resolver);
    await find(signal);
    resolver.hosts = { a: ['3.3.3.3'], b: [] };
    expect((await find(signal)).map((node) => node.host)).toEqual(['2.2.2.2', '3.3.3.3']);
  });

  test('a failure of the only name is reported; the source keeps the list', async () => {
    const resolver = new FakeResolver();
    resolver.hosts = { a: ['1.1.1.1'] };
    const find = dnsFinder([name('dns+a')], [], resolver);
    await find(signal);
    resolver.hosts = { a: [] };
    await expect(find(signal)).rejects.toThrow('dns+a has no records');
  });
});

describe('how names are written', () => {
  test.each(['a:11211', 'unix:/run/x', 'dns', 'mydns+x'])('%s is no name to look up', (text) => {
    expect(sourceOf(text)).toBeUndefined();
  });

  test.each(['dns+', 'dns+a:0', 'dns+a:70000', 'dnssrv+a:b', 'dns+http://a', 'dns+[::1]:1'])(
    '%s is refused',
    (text) => {
      expect(() => parseDnsName(text)).toThrow(InvalidOptionError);
    },
  );
});

test('the system’s resolver knows localhost', async () => {
  const addresses = await systemResolver.addresses('localhost');
  expect(addresses.every((address) => ['127.0.0.1', '::1'].includes(address))).toBe(true);
  expect(addresses.length).toBeGreaterThan(0);
});
