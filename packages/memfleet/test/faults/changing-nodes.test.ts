/** Nodes that come and go: by a new list, by ejection, by a function. */
import { describe, expect, test } from 'vitest';
import type { ClientOptions } from '../../src/client/index.ts';
import {
  ConnectError,
  InvalidOptionError,
  NodeEjectedError,
  type PartialResultError,
  TimeoutError,
} from '../../src/core/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connect, expectNothingLeft, failure, startNode, within } from '../support/harness.ts';
import { afterProbe, type ScriptedNode } from '../support/scripted-node.ts';

/** Keys of a client that belong to a node. */
function keysOf(
  client: { nodeOf(key: string): string | undefined },
  node: ScriptedNode | string,
  count: number,
): string[] {
  const address = typeof node === 'string' ? node : node.address;
  const keys: string[] = [];
  for (let i = 0; keys.length < count; i++) if (client.nodeOf(`key${i}`) === address) keys.push(`key${i}`);
  return keys;
}

describe('setNodes', () => {
  test('while calls run: kept nodes keep their connections, removed ones finish what they have', async () => {
    const nodes = [await startNode(), await startNode(), await startNode()] as const;
    const test = connect([nodes[0], nodes[1]], { timeout: 2000 });
    const { client } = test;
    await client.setMany(Array.from({ length: 50 }, (_, i) => [`k${i}`, i] as const));
    const [key] = keysOf(client, nodes[1], 1) as [string];
    await client.set(key, 'of the removed node');
    let answer: (() => void) | undefined;
    nodes[1].script = afterProbe((command, connection) => {
      answer = () => connection.answer(command);
    });
    const onRemoved = client.get(key);
    await nodes[1].until(() => answer !== undefined);
    client.setNodes([nodes[0].address, nodes[2].address]);
    expect(client.stats().nodes.map(({ node }) => node)).toEqual([nodes[0].address, nodes[2].address]);
    answer?.();
    expect(await onRemoved).toBe('of the removed node');
    await within(
      1000,
      nodes[1].until(() => nodes[1].open === 0),
    );
    await client.setMany(Array.from({ length: 50 }, (_, i) => [`k${i}`, i] as const));
    expect(nodes[0].connections.length).toBe(1);
    await expectNothingLeft(test, ...nodes);
  });

  test('again and again under load: every call settles, no value is wrong, no connection is left', async () => {
    const nodes = await Promise.all(Array.from({ length: 4 }, () => startNode()));
    const test = connect(nodes, { timeout: 2000 });
    const { client } = test;
    const show = { isOver: false };
    let calls = 0;
    const callers = Array.from({ length: 20 }, async (_, name) => {
      for (let i = 0; !show.isOver; i++) {
        const key = `${name}:${i % 5}`;
        await client.set(key, key);
        const value = await client.get(key);
        expect(value === key || value === undefined).toBe(true);
        const many = await client.getMany<string>([key, `${name}:${(i + 1) % 5}`]);
        for (const [asked, found] of many) expect(found).toBe(asked);
        calls += 3;
      }
    });
    for (let round = 0; round < 60; round++) {
      client.setNodes(nodes.filter((_, i) => (round + i) % 4 !== 0 || i === 0).map(({ address }) => address));
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    }
    show.isOver = true;
    await within(3000, Promise.all(callers));
    expect(calls).toBeGreaterThan(100);
    await expectNothingLeft(test, ...nodes);
  });

  test('an empty or wrong list is refused, and the previous list stays', async () => {
    const node = await startNode();
    const { client } = connect(node);
    for (const wrong of [[], '', ['a:b:c'], ['h:0'], [{ host: '' }], [node.address, node.address]])
      expect(() => client.setNodes(wrong)).toThrow(InvalidOptionError);
    expect(await client.set('k', 1)).toBe(true);
  });

  test('inside of an eject handler: the node is taken out for good, nothing is left of it', async () => {
    const nodes = [await startNode(), await startNode()] as const;
    const test = connect(nodes, { ejectAfter: 1, ejectTime: 20, retry: false });
    const { client } = test;
    await client.setMany({ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 });
    const ejected: string[] = [];
    client.on('eject', ({ node }) => {
      ejected.push(node);
      client.setNodes([nodes[0].address]);
    });
    const [key] = keysOf(client, nodes[1], 1) as [string];
    await nodes[1].down();
    await client.get(key).catch(() => {});
    await client.get(key).catch(() => {});
    expect(ejected).toEqual([nodes[1].address]);
    expect(await client.get(key)).toBe(undefined);
    await expectNothingLeft(test, ...nodes);
  });

  test('a removed node that fails while it drains is not ejected: it is no node any more', async () => {
    const nodes = [await startNode(), await startNode()] as const;
    const test = connect(nodes, { ejectAfter: 1, retry: false });
    const { client } = test;
    await client.setMany({ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 });
    const ejected: string[] = [];
    client.on('eject', ({ node }) => ejected.push(node));
    nodes[1].script = afterProbe(() => {});
    const call = failure(client.get(keysOf(client, nodes[1], 1)[0] as string));
    await nodes[1].until(() => nodes[1].commands.length > 0);
    client.setNodes([nodes[0].address]);
    await nodes[1].down();
    await call;
    expect(ejected).toEqual([]);
    await expectNothingLeft(test, ...nodes);
  });
});

describe('ejected nodes', () => {
  /** Two nodes, of which the second is down and ejected. */
  async function withEjected(options: ClientOptions): Promise<{
    readonly test: ReturnType<typeof connect>;
    readonly nodes: readonly [ScriptedNode, ScriptedNode];
    readonly alive: string[];
    readonly gone: string[];
  }> {
    const nodes = [await startNode(), await startNode()] as const;
    const test = connect(nodes, { ejectAfter: 1, ejectTime: 60_000, ...options });
    const alive = keysOf(test.client, nodes[0], 5);
    const gone = keysOf(test.client, nodes[1], 5);
    await nodes[1].down();
    const ejected = new Promise((resolve) => {
      test.client.on('eject', resolve);
    });
    await test.client.get(gone[0] as string).catch(() => {});
    await within(1000, ejected);
    return { test, nodes, alive, gone };
  }

  test('fail: its keys fail at once, and say why; the others work', async () => {
    const { test, nodes, alive, gone } = await withEjected({ failure: 'fail' });
    const { client } = test;
    for (const key of gone) {
      const error = await failure(client.get(key));
      expect(error).toBeInstanceOf(NodeEjectedError);
      expect(error.message).toMatch(
        new RegExp(`^${nodes[1].address} is ejected( and being probed)?; the failure mode is "fail"$`),
      );
      expect(error.node).toBe(nodes[1].address);
    }
    await client.set(alive[0] as string, 1);
    const error = await failure(client.getMany([...alive, ...gone]));
    expect((error as PartialResultError).results).toEqual(new Map([[alive[0], 1]]));
    expect([...(error as PartialResultError).failures.keys()].sort()).toEqual([...gone].sort());
    await expectNothingLeft(test, ...nodes);
  });

  test('miss: its keys are as if they were not there', async () => {
    const { test, nodes, alive, gone } = await withEjected({ failure: 'miss' });
    const { client } = test;
    const [key] = gone as [string];
    expect(await client.get(key)).toBe(undefined);
    expect(await client.getWithCas(key)).toBe(undefined);
    expect(await client.set(key, 1)).toBe(false);
    expect(await client.delete(key)).toBe(false);
    expect(await client.incr(key, 1, { initial: 1 })).toBe(undefined);
    expect(await client.touch(key, 1)).toBe(false);
    await client.set(alive[0] as string, 1);
    expect(await client.getMany([...alive, ...gone])).toEqual(new Map([[alive[0], 1]]));
    await expectNothingLeft(test, ...nodes);
  });

  test('redistribute: its keys live on the next node, for every call alike', async () => {
    const { test, nodes, gone } = await withEjected({ failure: 'redistribute' });
    const { client } = test;
    for (const key of gone) expect(await client.set(key, key)).toBe(true);
    expect(await client.getMany(gone)).toEqual(new Map(gone.map((key) => [key, key])));
    for (const key of gone) expect(await client.get(key)).toBe(key);
    await expectNothingLeft(test, ...nodes);
  });

  test('no more nodes than the share are ejected', async () => {
    const nodes = await Promise.all(Array.from({ length: 4 }, () => startNode()));
    const test = connect(nodes, { ejectAfter: 1, ejectTime: 60_000, ejectShare: 0.5, retry: false });
    for (const node of nodes.slice(1)) await node.down();
    for (let i = 0; i < 60; i++) await test.client.get(`k${i}`).catch(() => {});
    const states = test.client.stats().nodes.map(({ state }) => state);
    expect(states.filter((state) => state === 'ejected').length).toBe(2);
    await expectNothingLeft(test, ...nodes);
  });

  test('all nodes out: trying is all there is, so they are tried', async () => {
    const nodes = [await startNode(), await startNode()] as const;
    const test = connect(nodes, {
      ejectAfter: 1,
      ejectTime: 60_000,
      ejectShare: 1,
      retry: false,
      pool: { backoff: { initial: 0, max: 0 } },
    });
    await Promise.all(nodes.map((node) => node.down()));
    for (let i = 0; i < 10; i++) await test.client.get(`k${i}`).catch(() => {});
    expect(test.client.stats().nodes.map(({ state }) => state)).toEqual(['ejected', 'ejected']);
    const error = await failure(test.client.get('k'));
    expect(error).toBeInstanceOf(ConnectError);
    await Promise.all(nodes.map((node) => node.listen()));
    expect(await test.client.set('k', 1)).toBe(true);
    await expectNothingLeft(test, ...nodes);
  });

  test('round-robin: the turns of the others do not depend on ejections', async () => {
    const nodes = await Promise.all(Array.from({ length: 3 }, () => startNode()));
    const test = connect(nodes, { locator: 'round-robin', ejectAfter: 1, ejectTime: 60_000 });
    const { client } = test;
    const counts = (): number[] => nodes.map((node) => node.commands.length);
    for (let i = 0; i < 30; i++) await client.get('k');
    expect(counts()).toEqual([10, 10, 10]);
    await (nodes[1] as ScriptedNode).down();
    for (let i = 0; i < 6; i++) await client.get('k');
    const before = counts();
    for (let i = 0; i < 60; i++) await client.get('k');
    const after = counts();
    expect(after[1]).toBe(before[1]);
    expect((after[0] as number) - (before[0] as number)).toBe(30);
    expect((after[2] as number) - (before[2] as number)).toBe(30);
    await expectNothingLeft(test, ...nodes);
  });

  test('each ejection in a row is longer than the one before, up to the cap; one probe at a time asks', async () => {
    const node = await startNode();
    const other = await startNode();
    const clock = new FakeClock();
    const { client } = connect([node, other], {
      clock,
      random: () => 0.5,
      retry: false,
      ejectAfter: 1,
      ejectTime: 1000,
      ejectGrowth: 2,
      ejectTimeMax: 4000,
    });
    const durations: number[] = [];
    client.on('eject', ({ duration }) => durations.push(duration));
    const [key] = keysOf(client, node, 1) as [string];
    await client.set(key, 1);
    await node.down();
    // The connection that was there breaks first, which counts for nothing when nothing was owed.
    while (durations.length === 0) {
      await client.get(key, { timeout: 1e9 }).catch(() => {});
      await clock.settle();
    }
    const { connectFailures } = client.stats().nodes[0] as { connectFailures: number };
    for (let round = 0; round < 4; round++) {
      const seen = durations.length;
      clock.advance(durations.at(-1) as number);
      while (durations.length === seen) await clock.settle();
    }
    expect(durations).toEqual([1000, 2000, 4000, 4000, 4000]);
    expect(client.stats().nodes[0]?.connectFailures).toBe(connectFailures + 4);
  });

  test('an error reply does not count against the node', async () => {
    const node = await startNode(
      afterProbe((command, connection) =>
        connection.send(
          command.verb === 'store' ? 'SERVER_ERROR out of memory storing object\r\n' : 'SERVER_ERROR busy\r\n',
        ),
      ),
    );
    const test = connect(node, { protocol: 'meta', ejectAfter: 1 });
    for (let i = 0; i < 20; i++) {
      expect((await failure(test.client.set('k', 1))).code).toBe('ERR_SERVER');
      expect((await failure(test.client.get('k'))).code).toBe('ERR_SERVER');
    }
    expect(test.client.stats().nodes[0]).toMatchObject({ state: 'alive', failures: 0 });
    expect(node.connections.length).toBe(1);
    await expectNothingLeft(test, node);
  });
});

describe('a function of nodes', () => {
  test('calls wait for its first reply, within their deadline', async () => {
    const node = await startNode();
    let give: ((nodes: string[]) => void) | undefined;
    const test = connect(node, {
      nodes: () =>
        new Promise<string[]>((resolve) => {
          give = resolve;
        }),
    });
    const call = test.client.set('k', 1);
    const many = test.client.getMany(['a', 'b']);
    give?.([node.address]);
    expect(await call).toBe(true);
    expect(await many).toEqual(new Map());
    await expectNothingLeft(test, node);
  });

  test('one that never replies: TimeoutError, and close() leaves nothing', async () => {
    const node = await startNode();
    const test = connect(node, { nodes: () => new Promise<string[]>(() => {}), timeout: 50 });
    const error = await failure(test.client.get('k'));
    expect(error).toBeInstanceOf(TimeoutError);
    expect((error as TimeoutError).phase).toBe('acquire');
    await expectNothingLeft(test, node);
  });

  test('one that throws: the waiting calls receive the reason', async () => {
    const node = await startNode();
    const test = connect(node, { nodes: () => Promise.reject(new Error('no discovery today')) });
    const error = await failure(test.client.get('k'));
    expect(error.code).toBe('ERR_CONFIG');
    expect((error.cause as Error).message).toBe('no discovery today');
    await expectNothingLeft(test, node);
  });
});
