/** libmemcached's own programs through the proxy: its conformance test of both protocols, and its load generator, which checks the values that it reads. */
import { execFile } from 'node:child_process';
import { test, type TestContext } from 'vitest';
import { createProxy } from '../../src/proxy/index.ts';
import { describeBinaries, findBinary, startMemcached } from '../support/real-memcached.ts';

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
