/** The client against the embedded server. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { createServer } from '../../src/server/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { clientContract } from './contract.ts';
import type { Judge } from './contract/subject.ts';
import { itemsContract } from './items-contract.ts';
import { metaContract } from './meta-contract.ts';

describe('against the embedded server', () => {
  const start = async (): Promise<Judge> => {
    const server = createServer({ port: 0 });
    const address = await server.listen();
    return { address: 'port' in address ? `127.0.0.1:${address.port}` : '', stop: async () => server.destroy() };
  };
  clientContract(start);
  metaContract(start);
  itemsContract(start, { knowsUnchanged: true });

  test.each(['meta', 'text', 'binary'] as const)('%s: values are gone when their ttl is over', async (protocol) => {
    const clock = new FakeClock();
    const server = createServer({ port: 0, clock });
    onTestFinished(() => server.destroy());
    const address = await server.listen();
    const client = createClient({
      nodes: `127.0.0.1:${'port' in address ? address.port : 0}`,
      protocol,
      clock,
      ttl: 7,
    });
    onTestFinished(() => client.destroy());
    const day = 24 * 60 * 60;
    await client.set('default', 1);
    await client.set('short', 1, 2);
    await client.set('long', 1, 31 * day);
    await client.incr('counter', 1, { initial: 1, ttl: 2 });
    await clock.advanceAsync(3000);
    expect(await client.getMany(['default', 'short', 'long', 'counter'])).toEqual(
      new Map([
        ['default', 1],
        ['long', 1],
      ]),
    );
    await clock.advanceAsync(5000);
    expect(await client.get('default')).toBe(undefined);
    await client.touch('long', 5);
    await clock.advanceAsync(6000);
    expect(await client.get('long')).toBe(undefined);
    await client.set('flushed', 1, 0);
    await client.flush(10);
    await clock.advanceAsync(9000);
    expect(await client.get('flushed')).toBe(1);
    await clock.advanceAsync(2000);
    expect(await client.get('flushed')).toBe(undefined);
  });
});
