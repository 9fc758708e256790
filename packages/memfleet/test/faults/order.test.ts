/**
 * On real sockets: two writes of one key in one tick leave the second, whatever becomes of the connection meanwhile.
 */
import { expect, test } from 'vitest';
import type { ClientOptions } from '../../src/client/index.ts';
import { connect, startNode, within } from '../support/harness.ts';
import { simpleOptions, startProxy } from '../support/proxy-rig.ts';
import type { ScriptedNode } from '../support/scripted-node.ts';

/** Repetitions whose waits are drawn so that the later command's would be over first. */
function contrary(): ClientOptions {
  let isLong = false;
  const random = (): number => {
    isLong = !isLong;
    return isLong ? 0.999 : 0;
  };
  return {
    random,
    retry: { attempts: 5, delay: 100, jitter: 0.9, budget: 1 },
    pool: { backoff: { initial: 1, max: 1 } },
  };
}

/** A node that does not listen yet. */
async function sleepingNode(): Promise<ScriptedNode> {
  const node = await startNode();
  await node.down();
  return node;
}

/** Lets the event loop turn until the condition holds. */
async function turnUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const written = (node: ScriptedNode): unknown[] =>
  node.commands.filter(({ verb }) => verb === 'store').map(({ value }) => String(value));

test.each(['text', 'meta', 'binary'] as const)(
  'a client of a node (%s) that begins to listen after the first try',
  async (protocol) => {
    const node = await sleepingNode();
    const { client } = connect(node, { ...contrary(), protocol });
    const calls = Promise.all([client.set('k', 1), client.set('k', 2), client.get('k')]);
    await within(
      2000,
      turnUntil(() => client.stats().nodes[0]!.connectFailures > 0),
    );
    // A get of many keys is not repeated: it goes when the writes do.
    const many = client.getMany(['k', 'j']);
    await node.listen();
    expect(await within(2000, calls)).toEqual([true, true, 2]);
    expect(await within(2000, many)).toEqual(new Map([['k', 2]]));
    expect(written(node)).toEqual(['1', '2']);
  },
);

test('a client whose connection is reset before its writes leave', async () => {
  let resets = 0;
  const node = await startNode({
    onConnection({ socket }) {
      if (resets++ === 0) socket.resetAndDestroy();
    },
  });
  const { client } = connect(node, contrary());
  const calls = [1, 2, 3].map((value) => client.set('k', value));
  expect(await within(2000, Promise.all(calls))).toEqual([true, true, true]);
  expect(written(node)).toEqual(['1', '2', '3']);
});

test('a proxy whose node begins to listen after the first try: the client’s pipeline keeps its order', async () => {
  const node = await sleepingNode();
  const { random, ...fleet } = contrary();
  const rig = await startProxy({
    ...simpleOptions({ nodes: node.address, ...fleet }),
    ...(random === undefined ? {} : { random }),
  });
  const session = await rig.connect();
  const answer = session.ask(
    'set k 0 0 1\r\n1\r\nset k 0 0 1\r\n2\r\nget k\r\nget k j\r\n',
    'END\r\nVALUE k 0 1\r\n2\r\nEND\r\n',
  );
  await within(
    2000,
    turnUntil(() => rig.proxy.stats().clusters['main']!.nodes[0]!.connectFailures > 0),
  );
  await node.listen();
  expect(await within(2000, answer)).toBe('STORED\r\nSTORED\r\nVALUE k 0 1\r\n2\r\nEND\r\nVALUE k 0 1\r\n2\r\nEND\r\n');
  expect(written(node)).toEqual(['1', '2']);
  session.close();
});
