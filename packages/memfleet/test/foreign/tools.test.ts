/**
 * libmemcached's own programs through the proxy: its conformance test of both protocols, and its load generator, which
 * checks the values that it reads. And the tools of administrators, on the server and the proxy.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test, type TestContext } from 'vitest';
import { createProxy } from '../../src/proxy/index.ts';
import { createServer } from '../../src/server/index.ts';
import { describeBinaries, findBinary, realRequired, startMemcached } from '../support/real-memcached.ts';
import { TcpClient } from '../support/tcp-client.ts';

type Behind = 'meta' | 'binary';

/** A proxy in front of three memcached, for one test; its port. */
async function startProxy(protocol: Behind, { onTestFinished }: TestContext): Promise<string> {
  const nodes = await Promise.all(Array.from({ length: 3 }, () => startMemcached(['-t', '1'])));
  const proxy = createProxy({
    listeners: [{ port: 0, route: 'main', allowFlush: true }],
    clusters: { main: { nodes: nodes.map(({ port }) => `127.0.0.1:${port}`), protocol, timeout: 5000 } },
  });
  onTestFinished(async () => {
    await proxy.destroy();
    await Promise.all(nodes.map((node) => node.stop()));
  });
  const [address] = await proxy.listen();
  return address !== undefined && 'port' in address ? String(address.port) : '';
}

function run(program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(findBinary(program) ?? '', args, { timeout: 20_000 }, (_error, out, complaint) =>
      resolve(out + complaint),
    );
  });
}

describeBinaries(['memcached', 'memccapable'], 'memccapable through the proxy', () => {
  test.concurrent.for([
    ['ascii', 'meta', '-a'],
    ['ascii', 'binary', '-a'],
    ['binary', 'meta', '-b'],
    ['binary', 'binary', '-b'],
  ] as const)('%s, %s behind: every test passes', { timeout: 30_000 }, async ([protocol, behind, flag], context) => {
    const { expect } = context;
    const output = await run('memccapable', '-h', '127.0.0.1', '-p', await startProxy(behind, context), flag);
    const lines = output.split('\n').filter((line) => line.startsWith(`${protocol} `));
    expect(lines.filter((line) => !line.includes('[pass]'))).toEqual([]);
    expect(lines.length).toBeGreaterThanOrEqual(27);
  });
});

describeBinaries(['memcached', 'memcaslap'], 'memcaslap through the proxy', () => {
  test.concurrent.for([
    ['text', 'meta', []],
    ['text, ten keys a get', 'binary', ['-d', '10']],
    ['binary', 'meta', ['-B']],
    ['binary, ten keys a get', 'binary', ['-B', '-d', '10']],
  ] as const)(
    '%s, %s behind: finds every item as it stored it',
    { timeout: 30_000 },
    async ([, behind, more], context) => {
      const { expect } = context;
      const args = ['-x', '4000', '-T', '1', '-c', '8', '-v', '0.5', ...more];
      const output = await run('memcaslap', '-s', `127.0.0.1:${await startProxy(behind, context)}`, ...args);
      const count = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(output)?.[1]);
      expect(output).not.toMatch(/ERROR/);
      expect(['get_misses', 'verify_misses', 'verify_failed'].map(count)).toEqual([0, 0, 0]);
      expect(count('cmd_get')).toBeGreaterThan(100);
      expect(count('cmd_set')).toBeGreaterThan(10);
    },
  );
});

/** Debian's package has it beside the program. */
const memcachedTool = '/usr/share/memcached/scripts/memcached-tool';
const isThere = existsSync(memcachedTool);
if (!isThere && realRequired) {
  test('memcached-tool: is there', () => {
    throw new Error(`MEMFLEET_REQUIRE_REAL=1, but there is no ${memcachedTool} on this machine`);
  });
}

/** An embedded server, or a proxy in front of three memcached, for one test; its port. */
async function startTarget(target: 'server' | 'proxy', context: TestContext): Promise<string> {
  if (target === 'proxy') return startProxy('meta', context);
  const server = createServer({ port: 0 });
  context.onTestFinished(() => server.destroy());
  const address = await server.listen();
  return 'port' in address ? String(address.port) : '';
}

async function fill(port: string): Promise<void> {
  const client = await TcpClient.connect({ host: '127.0.0.1', port: Number(port) });
  const sets = ['a', 'b', 'c', 'd', 'e'].map((key) => `set ${key} 7 0 3\r\nabc\r\n`).join('');
  await client.ask(`${sets}set large 0 0 1000\r\n${'x'.repeat(1000)}\r\nmn\r\n`, 'MN\r\n');
  client.close();
}

describeBinaries(['memcached', 'memcdump', 'memcstat'], 'the tools of administrators', () => {
  const tool = (port: string, command: string): Promise<string> =>
    new Promise((resolve) => {
      execFile('perl', [memcachedTool, `127.0.0.1:${port}`, command], { timeout: 10_000 }, (_error, out, complaint) =>
        resolve(out + complaint),
      );
    });

  describe.skipIf(!isThere).each(['server', 'proxy'] as const)('memcached-tool on the %s', (target) => {
    test('display shows a row for every slab class', async (context) => {
      const port = await startTarget(target, context);
      await fill(port);
      const rows = (await tool(port, 'display')).split('\n').slice(1, -1);
      expect(
        rows.map((row) =>
          row
            .trim()
            .split(/\s+/)
            .filter((_, i) => [0, 1, 3, 4, 5, 6].includes(i)),
        ),
      ).toEqual([
        ['1', '96B', expect.stringMatching(/^[123]$/), '5', 'no', '0'],
        ['12', '1.2K', '1', '1', 'no', '0'],
      ]);
    });

    test('stats, settings and sizes show what memcached has', async (context) => {
      const port = await startTarget(target, context);
      await fill(port);
      const stats = await tool(port, 'stats');
      for (const name of ['curr_items', 'evictions', 'listen_disabled_num', 'conn_yields', 'lru_crawler_starts'])
        expect(stats).toMatch(new RegExp(`^ *${name} +\\d+\\r?$`, 'm'));
      expect(await tool(port, 'settings')).toMatch(/^ *maxconns +\d+\r?$/m);
      expect(await tool(port, 'sizes')).toMatch(/^ *sizes_status +disabled\r?$/m);
    });

    test('dump writes every item, keys every key', async (context) => {
      const port = await startTarget(target, context);
      await fill(port);
      const dump = await tool(port, 'dump');
      for (const key of ['a', 'b', 'c', 'd', 'e']) expect(dump).toContain(`add ${key} 7 0 3\r\nabc\r\n`);
      expect(dump).toContain(`add large 0 0 1000\r\n${'x'.repeat(1000)}\r\n`);
      const keys = [...(await tool(port, 'keys')).matchAll(/^key=(\S+) exp=-1 /gm)].map(([, key]) => key);
      expect(new Set(keys)).toEqual(new Set(['a', 'b', 'c', 'd', 'e', 'large']));
      expect(keys).toHaveLength(6);
    });
  });

  test.for(['server', 'proxy'] as const)('memcstat and memcdump on the %s', async (target, context) => {
    const port = await startTarget(target, context);
    await fill(port);
    const stats = await run('memcstat', `--servers=127.0.0.1:${port}`);
    expect(stats).toMatch(/^\s+curr_items: 6$/m);
    const keys = await run('memcdump', `--servers=127.0.0.1:${port}`);
    // memcached dumps only what has left the newest part of its LRU.
    const wanted = ['a', 'b', 'c', 'd', 'e', 'large'];
    if (target === 'server') expect(keys.trim().split('\n').toSorted()).toEqual(wanted);
    else
      expect(wanted).toEqual(
        expect.arrayContaining(
          keys
            .trim()
            .split('\n')
            .filter((key) => key !== ''),
        ),
      );
    expect(keys).not.toMatch(/ERROR|FAIL/i);
  });
});
