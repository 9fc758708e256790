/** The answers to one session tell of one order, however many connections to the node there are. */
import { expect, test } from 'vitest';
import { askAll, commandOf } from '../support/ask.ts';
import { startNode } from '../support/harness.ts';
import { simpleOptions, startProxy } from '../support/proxy-rig.ts';

test('a get does not read what a later write of its session writes, though another get of its key is on a busy connection', async () => {
  const size = 200_000;
  const later: (() => void)[] = [];
  const node = await startNode({
    onCommand(command, connection) {
      if (connection.commands.length === 1) return false;
      if (command.keys !== undefined) {
        // In one piece: whoever has the first value has read that a large one follows.
        connection.send(`VALUE a 0 1\r\n1\r\nVALUE large 0 ${size}\r\n${'x'.repeat(1000)}`);
        later.push(() => connection.send(`${'x'.repeat(size - 1000)}\r\nEND\r\n`));
      } else if (connection.index === 0) {
        // Done at once, answered behind the large value.
        const bytes = connection.bytesFor(command);
        later.push(() => connection.send(bytes));
      } else later.push(() => connection.answer(command));
      return true;
    },
  });
  askAll(node.store, commandOf('store', { key: 'k', value: 'old' }));
  const proxy = await startProxy(simpleOptions({ nodes: node.address, pool: { min: 1, max: 2 } }));
  const client = await proxy.connect();
  expect(await client.ask('get a\r\nget large\r\n', 'END\r\n')).toContain('VALUE a');
  const isConnected = new Promise<unknown>((resolve) => {
    proxy.proxy.on('connect', resolve);
  });
  client.send('get k\r\n');
  await isConnected;
  client.send('get k\r\nset k 0 0 3\r\nnew\r\n');
  await node.until(() => node.commands.length === 4);
  for (const answer of later) answer();
  const old = 'VALUE k 0 3\r\nold\r\nEND\r\n';
  const answers = await client.until('STORED\r\n');
  expect(answers.slice(answers.indexOf('\r\nEND'))).toBe(`\r\nEND\r\n${old}${old}STORED\r\n`);
});
