/** Keys behind a prefix: a read by a view of the client has the key that every other call has. */
import { describe, expect, test } from 'vitest';
import { KeySpace } from '../../src/adapters/key-space.ts';
import { get, getAs } from '../../src/client/calls.ts';
import { InvalidKeyError } from '../../src/core/errors.ts';
import { clientOf, startClient, startNode } from './nodes.ts';

const prefixes = ['', 'layer:', 'ä:', 'two words:', '#', 'x'.repeat(190), 'x'.repeat(205)];
const keys = ['k', '#k', 'a b', 'é', '🙂', '\ud800', '', 'k'.repeat(45), 'k'.repeat(300)];

describe('a call on a key behind a prefix', () => {
  test.each(prefixes)('uses the key that `wire` returns, with the prefix %j', async (prefix) => {
    const { address } = await startNode();
    for (const client of [clientOf(address), clientOf(address).withPrefix('p'.repeat(100))]) {
      if (prefix.length > 100 && client.items.limits.maxKeyLength < 200) continue;
      const space = new KeySpace(client, prefix);
      for (const key of keys) {
        await client.set(space.wire(key), `the value of ${key.length}`);
        expect(await space.run(get, key, undefined)).toBe(`the value of ${key.length}`);
      }
    }
  });

  test.each(prefixes)('is the same whether a part of it is given before, with the prefix %j', async (prefix) => {
    const client = await startClient();
    for (const part of ['i:', '#', 'ä', 'p'.repeat(60)]) {
      const [whole, parted] = [new KeySpace(client, prefix), new KeySpace(client, prefix, part)];
      for (const key of keys) {
        expect(parted.wire(key)).toBe(whole.wire(part + key));
        await client.set(whole.wire(part + key), `the value of ${key.length}`);
        expect(await parted.run(get, key, undefined)).toBe(`the value of ${key.length}`);
      }
    }
  });

  test('reads what the client stored if the prefix of the client leaves little room', async () => {
    const client = (await startClient()).withPrefix('p'.repeat(180));
    const space = new KeySpace(client, 'layer:of:some:length:');
    await client.set(space.wire('k'), 'v');
    expect(await space.run(get, 'k', undefined)).toBe('v');
  });

  test.each([undefined, null, 5, ['k'], { length: 1 }])('rejects for %j, which is not a string', async (key) => {
    const space = new KeySpace(await startClient(), 'layer:');
    await expect(space.run(get, key as never, undefined)).rejects.toBeInstanceOf(InvalidKeyError);
  });
});

describe('a get whose result is made of the value', () => {
  test('resolves to what `made` returns, or to what that promise resolves to', async () => {
    const client = await startClient();
    await client.set('k', 'v');
    const space = new KeySpace(client, '');
    expect(
      await space.run(
        getAs((value) => [value], []),
        'k',
        undefined,
      ),
    ).toEqual(['v']);
    expect(
      await space.run(
        getAs(async (value) => [value], []),
        'none',
        undefined,
      ),
    ).toEqual([undefined]);
  });

  test('resolves to what `failed` returns for a failure, or rejects with what it throws', async () => {
    const node = await startNode();
    const client = clientOf(node.address, { retry: false });
    await client.ready();
    await node.stop();
    const space = new KeySpace(client, '');
    const made = getAs(
      () => 'a value',
      '',
      (error) => error.name,
    );
    expect(await space.run(made, 'k', undefined)).toMatch(/Error$/);
    const thrown = getAs(
      () => 'a value',
      '',
      () => {
        throw new TypeError('of the layer');
      },
    );
    await expect(space.run(thrown, 'k', undefined)).rejects.toThrow('of the layer');
  });
});
