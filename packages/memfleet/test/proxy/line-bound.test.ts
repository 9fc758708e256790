/**
 * `pool.maxInFlight` (Moxi's `downstream_max`) bounds the lines that a node owes an answer to: a multi-key get is one
 * of them, however many keys it has.
 */
import { expect, it, onTestFinished } from 'vitest';
import type { Command } from '../../src/core/command.ts';
import { startNode } from '../support/harness.ts';
import { simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { afterProbe, type ScriptedConnection, type ScriptedNode } from '../support/scripted-node.ts';
import type { TcpClient } from '../support/tcp-client.ts';

interface Rig {
  readonly node: ScriptedNode;
  readonly client: TcpClient;
  /** What the node was asked and has not answered. */
  readonly held: (readonly [Command, ScriptedConnection])[];
}

/** A proxy in front of a node that holds its answers back while `isHolding`. */
async function rig(maxInFlight: number, state: { isHolding: boolean }): Promise<Rig> {
  const held: (readonly [Command, ScriptedConnection])[] = [];
  const node = await startNode({
    ...afterProbe((command, connection) => {
      if (!state.isHolding) return connection.answer(command);
      held.push([command, connection]);
      return true;
    }),
    speaks: ['text'],
  });
  const proxy = await startProxy(
    simpleOptions({ nodes: node.address, timeout: 5000, pool: { max: 1, maxInFlight }, retry: false }),
  );
  const client = await proxy.connect();
  onTestFinished(() => client.close());
  await client.ask('set a 0 0 1\r\n1\r\nset c 0 0 1\r\n3\r\nmn\r\n', 'MN\r\n');
  return { node, client, held };
}

const keysOf = (commands: readonly Command[]): (readonly string[])[] =>
  commands.filter(({ verb }) => verb === 'get').map(({ keys, key }) => keys ?? [key]);

it.each([1, 2])('a get of many keys goes out as one line, with a bound of %i', async (maxInFlight) => {
  const { node, client } = await rig(maxInFlight, { isHolding: false });
  expect(await client.ask('get a b c d e\r\n', 'END\r\n')).toBe('VALUE a 0 1\r\n1\r\nVALUE c 0 1\r\n3\r\nEND\r\n');
  expect(keysOf(node.commands)).toEqual([['a', 'b', 'c', 'd', 'e']]);
  expect(await client.ask('gets a b\r\n', 'END\r\n')).toMatch(/^VALUE a 0 1 \d+\r\n1\r\nEND\r\n$/);
});

it('what is no get waits for its room, and so does a line that comes later', async () => {
  const state = { isHolding: false };
  const { node, client, held } = await rig(1, state);
  state.isHolding = true;
  const asked = client.ask('get a b c\r\nset d 0 0 1\r\n4\r\nmn\r\n', 'MN\r\n');
  while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
  client.send('');
  expect(held.map(([{ verb }]) => verb)).toEqual(['get']);
  state.isHolding = false;
  for (const [command, connection] of held.splice(0)) connection.answer(command);
  expect(await asked).toBe('VALUE a 0 1\r\n1\r\nVALUE c 0 1\r\n3\r\nEND\r\nSTORED\r\nMN\r\n');
  expect(keysOf(node.commands)).toEqual([['a', 'b', 'c']]);
});
