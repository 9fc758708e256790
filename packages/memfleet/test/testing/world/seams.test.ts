import { describe, expect, it } from 'vitest';
import { createClient } from '../../../src/index.ts';
import { createProxy } from '../../../src/proxy/index.ts';
import { createServer, type Server, type ServerOptions } from '../../../src/server/index.ts';
import { type Host, play } from '../../../src/testing/index.ts';

async function serve(host: Host, options: ServerOptions): Promise<Server> {
  const { clock, network } = host.options;
  const server = createServer({ ...options, clock, network });
  await server.listen();
  return server;
}

describe('everything that connects does so on the network that it is given', () => {
  it('a proxy keeps its network when it reloads', () =>
    play({ seed: 1 }, async (world) => {
      const servers = [
        await serve(world.host('one'), { host: 'one' }),
        await serve(world.host('two'), { host: 'two' }),
      ];
      const listeners = [{ host: 'proxy', port: 1, route: 'main' }];
      const proxy = createProxy({ listeners, clusters: { main: { nodes: 'one' } }, ...world.host('proxy').options });
      await proxy.listen();
      const client = createClient({ nodes: 'proxy:1', ...world.host('app').options });
      await client.set('key', 'on one');
      await proxy.reload({
        listeners: [...listeners, { host: 'proxy', port: 2, route: 'main' }],
        clusters: { main: { nodes: 'two' } },
      });
      expect(await client.get('key')).toBeUndefined();
      await client.set('key', 'on two');
      const other = createClient({ nodes: 'proxy:2', ...world.host('app').options });
      expect(await other.get('key')).toBe('on two');
      for (const one of [client, other, proxy, ...servers]) await one.close();
      expect(world.leaks()).toEqual([]);
    }));

  it('a configuration endpoint is asked on it', () =>
    play({ seed: 2 }, async (world) => {
      const server = await serve(world.host('node'), { host: 'node' });
      const endpoint = await serve(world.host('endpoint'), { host: 'endpoint', port: 7 });
      const owner = createClient({ nodes: 'endpoint:7', ...world.host('app').options });
      await owner.set('AmazonElastiCache:cluster', Buffer.from('1\nnode|10.0.0.1|11211\n'));
      const client = createClient({ nodes: 'elasticache://endpoint:7', ...world.host('app').options });
      await expect(client.set('key', 'value')).rejects.toThrow(/10\.0\.0\.1:11211: not connected .*ECONNREFUSED/);
      for (const one of [client, owner, endpoint, server]) await one.close();
      expect(world.leaks()).toEqual([]);
    }));

  it('a server listens on several addresses and on the path of a socket', () =>
    play({ seed: 3 }, async (world) => {
      const several = await serve(world.host('several'), { host: 'several', port: 0, alsoListen: ['several:5'] });
      const { tcp } = several.addresses;
      expect(tcp).toEqual([
        { host: 'several', port: 40_000 },
        { host: 'several', port: 5 },
      ]);
      const local = await serve(world.host('local'), { path: '/run/cache' });
      for (const nodes of ['several:40000', 'several:5', '/run/cache']) {
        const client = createClient({ nodes, ...world.host('app').options });
        await client.set('key', nodes);
        expect(await client.get('key')).toBe(nodes);
        await client.close();
      }
      await several.close();
      await local.close();
      expect(world.leaks()).toEqual([]);
    }));

  it('a server whose connections are used up refuses the next with its reason, and keeps no timer for it', () =>
    play({ seed: 4 }, async (world) => {
      const server = await serve(world.host('cache'), { host: 'cache', maxConnections: 1 });
      const first = createClient({ nodes: 'cache', pool: { max: 1 }, ...world.host('app').options });
      await first.set('key', 'value');
      const second = createClient({ nodes: 'cache', retry: false, ...world.host('other').options });
      await expect(second.get('key')).rejects.toThrow(/Too many open connections/);
      await second.close();
      await world.sleep(5);
      expect(server.stats().rejected).toBe(1);
      // Those of its sessions and of its store.
      expect(world.leaks().filter((leak) => leak.startsWith('cache'))).toEqual([
        'cache: 2 timers',
        'cache: 2 connections',
      ]);
      await first.close();
      await server.close();
      expect(world.leaks()).toEqual([]);
    }));
});
