import { expect, test } from 'vitest';
import { createClient } from '../../../src/index.ts';
import { createServer } from '../../../src/server/index.ts';
import { play, type World } from '../../../src/testing/index.ts';

/** A client and a server, a minute of silence, and their end. */
async function minute(world: World): Promise<string> {
  const [app, cache] = [world.host('app'), world.host('cache')];
  const server = createServer({ host: '10.0.0.1', ...cache.serverOptions });
  await server.listen();
  const client = createClient({ nodes: '10.0.0.1', timeout: 100, ejectAfter: 1, probeInterval: 50, ...app.options });
  await client.set('key', 'value');
  cache.pause(300);
  await expect(client.get('key')).rejects.toThrow('no reply');
  await world.sleep(60_000);
  expect(await client.get('key')).toBe('value');
  await client.close();
  await server.close();
  await world.sleep(1000);
  expect(world.leaks()).toEqual([]);
  return world.digest;
}

test('a client meets a server that stands still, and a minute passes in no time', async () => {
  expect(await play({ seed: 1 }, minute)).toHaveLength(16);
});

test('the same seed gives the same bytes at the same times, another one does not', async () => {
  const first = await play({ seed: 7 }, minute);
  expect(await play({ seed: 7 }, minute)).toBe(first);
  expect(await play({ seed: 8 }, minute)).not.toBe(first);
});

test('a process that dies leaves nothing, and its peers notice as it died', async () => {
  const seen = await play({ seed: 1 }, async (world) => {
    const [app, cache] = [world.host('app'), world.host('cache')];
    const listen = async (): Promise<void> => {
      await createServer({ host: '10.0.0.1', ...cache.serverOptions }).listen();
    };
    await listen();
    const client = createClient({ nodes: '10.0.0.1', timeout: 100, retry: false, ...app.options });
    const outcomes: (string | undefined)[] = [];
    for (const how of ['reset', 'end', 'silent'] as const) {
      await client.set('key', how);
      cache.kill(how);
      expect(cache.isUp).toBe(false);
      expect(cache.leaks()).toEqual([]);
      await world.sleep(10);
      const error: unknown = await client.get('key').catch((failure: unknown) => failure);
      outcomes.push((error as { code?: string }).code);
      cache.start();
      await listen();
      await world.sleep(5000);
      expect(await client.get('key')).toBeUndefined();
    }
    await client.close();
    return outcomes;
  });
  expect(seen).toEqual(['ERR_CONNECT', 'ERR_CONNECT', 'ERR_TIMEOUT']);
});

test('a function that waits for nothing that can happen fails, with the seed and the trace', async () => {
  const stuck = play({ seed: 3 }, async (world) => {
    world.note('here it stops');
    await new Promise(() => {});
  });
  await expect(stuck).rejects.toThrow(
    /^the function waits for something that nothing in its world brings about\nseed 3, [^]*here it stops$/,
  );
});

test('a function that goes on for ever fails at the limit of virtual time', async () => {
  const forever = play({ seed: 3, limit: 1000 }, async (world) => {
    for (;;) await world.sleep(100);
  });
  await expect(forever).rejects.toThrow('the function has not ended after 1000 ms of virtual time');
});

test('an error of the function, or of a callback in its world, rejects with the trace behind its message', async () => {
  const own = play({ seed: 3 }, async (world) => {
    await world.sleep(10);
    throw new TypeError('wrong');
  });
  await expect(own).rejects.toThrow(/^wrong\nseed 3, 10\.000 ms of virtual time/);
  const inCallback = play({ seed: 3 }, async (world) => {
    world.after(5, () => {
      throw new RangeError('thrown');
    });
    await world.sleep(10);
  });
  await expect(inCallback).rejects.toThrow(/^thrown\nseed 3/);
});
