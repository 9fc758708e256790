/** The first call of a process, when nobody knows yet what its node speaks. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Cache, createCache } from '../../src/cache/index.ts';
import { createServer } from '../../src/server/index.ts';
import { FakeClock } from '../support/fake-clock.ts';

const entry = { ttl: 10, staleTtl: 60, jitter: 0 };

describe.each(['meta', 'text', 'binary'] as const)('%s', (protocol) => {
  const clock = new FakeClock();

  /** Makes processes, as it were: caches whose client has not dialled. */
  async function processes(): Promise<() => Cache> {
    const server = createServer({ port: 0, clock });
    const address = await server.listen();
    onTestFinished(() => server.destroy());
    const nodes = `127.0.0.1:${'port' in address ? address.port : 0}`;
    return () => {
      const cache = createCache({ client: { nodes, protocol }, clock, ...entry });
      onTestFinished(() => cache.close());
      return cache;
    };
  }

  test('what it stores becomes stale', async () => {
    const start = await processes();
    await start().set('key', 'old');
    clock.advance(30_000);
    const cache = start();
    expect(await cache.getOrSet('key', () => 'new')).toBe('old');
    // The refresh is on its way.
    while ((await cache.get('key')) === 'old');
    expect(await cache.get('key')).toBe('new');
  });

  test('touch, expire and getOrSet do what they say', async () => {
    const start = await processes();
    await start().set('touched', 1);
    await start().set('expired', 1);
    expect(await start().touch('touched', 100)).toBe(true);
    expect(await start().expire('expired')).toBe(true);
    expect(await start().getOrSet('loaded', () => 'value')).toBe('value');
    expect(await start().get('loaded')).toBe('value');
    const many = await start().getOrSetMany(['loaded', 'more'], () => new Map([['more', 'value']]));
    expect([...many.values()]).toEqual(['value', 'value']);
  });
});
