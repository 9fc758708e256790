/** Are the nodes there, and what is a client? */
import { describe, expect, test } from 'vitest';
import { AbortedError, InvalidArgumentError, PartialResultError } from '../../src/core/errors.ts';
import { Client } from '../../src/index.ts';
import { connect, deadAddress, failure, startNode } from '../support/harness.ts';

describe('ping', () => {
  test('every node has its latency, or the error that stands for it', async () => {
    const node = await startNode();
    const dead = await deadAddress();
    const { client } = connect([node, dead], { retry: false });
    const pings = await client.ping();
    expect([...pings.keys()]).toEqual([node.address, dead]);
    expect(pings.get(node.address)).toEqual({ latency: expect.any(Number), error: undefined });
    expect(pings.get(dead)).toMatchObject({ latency: undefined, error: { code: 'ERR_CONNECT', node: dead } });
  });

  test('a node that is silent has a timeout', async () => {
    const node = await startNode({ onCommand: () => true });
    const { client } = connect(node);
    expect((await client.ping({ timeout: 20 })).get(node.address)).toMatchObject({ error: { code: 'ERR_TIMEOUT' } });
  });
});

describe('ready', () => {
  test('resolves when every node has replied once, also one that comes up late', async () => {
    const [one, late] = [await startNode(), await startNode()];
    await late.down();
    const { client } = connect([one, late], { pool: { backoff: { initial: 1, max: 1 } }, ejectAfter: 1 });
    const ready = client.ready();
    await one.until(() => one.commands.some(({ verb }) => verb === 'version'));
    await late.listen();
    expect(await ready).toBe(undefined);
    expect(client.stats().nodes.map(({ open }) => open)).toEqual([1, 1]);
    expect(one.commands.filter(({ verb }) => verb === 'version').length).toBe(1);
  });

  test('says which nodes have not replied in time', async () => {
    const node = await startNode();
    const dead = await deadAddress();
    const { client } = connect([node, dead]);
    await client.ping();
    const error = (await failure(client.ready({ timeout: 500 }))) as PartialResultError<number>;
    expect(error).toBeInstanceOf(PartialResultError);
    expect(error.message).toMatch(new RegExp(`^1 of 2 nodes have not replied: ${dead} \\(`));
    expect([...error.failures.keys()]).toEqual([dead]);
    expect([...error.results.keys()]).toEqual([node.address]);
  });

  test('ends with its signal, and refuses what it does not know', async () => {
    const { client } = connect(await deadAddress());
    const controller = new AbortController();
    const ready = client.ready({ signal: controller.signal });
    controller.abort(new Error('no'));
    expect(await failure(ready)).toBeInstanceOf(AbortedError);
    expect(await failure(client.ready({ timeout: -1 }))).toBeInstanceOf(InvalidArgumentError);
    expect(await failure(client.ping({ wait: 1 } as object))).toBeInstanceOf(InvalidArgumentError);
  });
});

describe('Client', () => {
  test('is a class value for instanceof and dependency injection; createClient alone makes one', async () => {
    const { client } = connect(await startNode());
    expect(client).toBeInstanceOf(Client);
    expect(client.withPrefix('p')).toBeInstanceOf(Client);
    for (const args of [[], ['localhost'], [{ nodes: 'localhost' }, '']])
      expect(() => Reflect.construct(Client, args)).toThrow(/call createClient\(options\)/);
  });
});
