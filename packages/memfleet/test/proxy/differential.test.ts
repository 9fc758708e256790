/**
 * Random sequences through the proxy, in front of two real memcached, get the same bytes as from one real memcached
 * (`test/server/differential.test.ts`, with its differences).
 *
 *   MEMFLEET_SEQUENCES=100000 MEMFLEET_SEED=7 npx vitest run packages/memfleet/test/proxy/differential.test.ts
 *
 * What the proxy replies differently on purpose is not generated (docs/proxy.md):
 *
 *   a key of more than 186 bytes with control bytes cannot be said to a node in the meta protocol
 *   a plain key in base64     the node gets it as it is, and keeps no mark of it
 *   the flag `I` of ms and md binary gets and `gat` are `mg` to a node, and win the refresh of a stale item
 *   a broken `slabs`, `lru`, `lru_crawler` or `cache_memlimit` is refused where a node says `ERROR`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProxy, type Proxy } from '../../src/proxy/index.ts';
import { alone, countOf, Judge, seed } from '../server/differential/judge.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';
import { TcpClient } from '../support/tcp-client.ts';

const count = countOf(1000);

const leftOut: readonly ((request: string) => boolean)[] = [
  hasUnspeakableKey,
  isMarked,
  isAboutStale,
  isBrokenAdministration,
];

/** Whether a plain key is written in base64. */
function isMarked(request: string): boolean {
  return /^m[gsdae] [^\n]* b(?=[ \r\n\0])/.test(request) && !/^m. (?:AAEC|!!!!|YQ) /.test(request);
}

/**
 * Whether it leaves an item stale: a binary get or a `gat` is an `mg` to the node, which wins the refresh that another
 * client would have won. Or whether it compares with the cas of an item on another node, which counts from another
 * number.
 */
function isAboutStale(request: string): boolean {
  return /^m[sd] [^\n]* I(?=[ \r\n\0])/.test(request);
}

/** Whether a request of administrators has bytes that the proxy does not pass on. */
function isBrokenAdministration(request: string): boolean {
  if (!/^(?:slabs|lru|lru_crawler|cache_memlimit)\b/m.test(request)) return false;
  return !request.endsWith('\r\n') || /[^ -~]/.test(request.slice(0, -2));
}

/** Whether it has a key that a line can carry in base64 only, and that is too long then. */
function hasUnspeakableKey(request: string): boolean {
  const from = 24 + request.charCodeAt(4);
  const packetKey = request.slice(from, from + request.charCodeAt(2) * 256 + request.charCodeAt(3));
  const words = request.charCodeAt(0) === 0x80 ? [packetKey] : request.replaceAll('\r\n', '\n').split(/[ \n\0]/);
  return words.some((word) => word.length > 186 && /[\0-\x20\x7f]/.test(word));
}

describeReal(`${count} random sequences from seed ${seed}, through the proxy`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-differential-'));
  const paths = [join(folder, 'real'), join(folder, 'own')] as const;
  const judge = new Judge(...paths, (request) => !leftOut.some((one) => one(request)));
  let all: RealMemcached[];
  let proxy: Proxy;

  beforeAll(async () => {
    const [, ...nodes] = (all = await Promise.all([
      startMemcached(['-s', paths[0], ...alone]),
      startMemcached(alone),
      startMemcached(alone),
    ]));
    await countOn(nodes[1]?.port ?? 0);
    proxy = createProxy({
      listeners: [{ path: paths[1], route: 'main', allowFlush: true, maxItemSize: 1024 * 1024 }],
      clusters: { main: { nodes: nodes.map(({ port }) => `127.0.0.1:${port}`) } },
      version: '1.6.18',
    });
    await proxy.listen();
  });
  afterAll(async () => {
    judge.close();
    await proxy.destroy();
    await Promise.all(all.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  it('get the same replies as from memcached', { timeout: 15_000 + count * 50 }, async () => {
    expect(await judge.differences(count)).toEqual([]);
  });
});

/** Moves the cas of a node on, or items of two nodes would have the same. */
async function countOn(port: number): Promise<void> {
  const client = await TcpClient.connect({ host: '127.0.0.1', port });
  await client.ask(`${'set a 0 0 1 noreply\r\na\r\n'.repeat(20_000)}mn\r\n`, 'MN\r\n');
  client.close();
}
