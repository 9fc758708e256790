/** A client of the proxy that leaves takes its commands along, as far as they have not left. */
import { expect, it } from 'vitest';
import type { Command } from '../../src/core/command.ts';
import { startNode } from '../support/harness.ts';
import { simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { afterProbe, type ScriptedConnection } from '../support/scripted-node.ts';

it.each([false, true])(
  'the keys of its multi-get are not sent to a node that has no room (coalesce: %s)',
  async (coalesce) => {
    const held: (() => void)[] = [];
    const node = await startNode(
      afterProbe(
        (command: Command, connection: ScriptedConnection) => void held.push(() => connection.answer(command)),
      ),
    );
    const rig = await startProxy(
      simpleOptions({
        nodes: [node.address],
        timeout: 5000,
        retry: false,
        coalesce,
        pool: { max: 1, maxInFlight: 1 },
      }),
    );
    const [first, leaving] = [await rig.connect(), await rig.connect()];
    const { proxy } = rig;
    const waiting = (): number => proxy.stats().clusters['main']?.nodes[0]?.waiting ?? 0;
    const answers = first.ask('mg held v\r\n', 'EN\r\nEN\r\n');
    await expect.poll(() => held.length).toBe(1);
    leaving.send('get a b c\r\n');
    await expect.poll(waiting).toBe(3);
    const before = proxy.stats().listeners[0]!.sessions;
    leaving.socket.resetAndDestroy();
    await expect.poll(() => proxy.stats().listeners[0]!.sessions).toBe(before - 1);
    first.send('mg later v\r\n');
    await expect.poll(waiting).toBe(4);
    held.shift()!();
    await expect.poll(() => held.length).toBe(1);
    held.shift()!();
    await answers;
    const keys = node.commands.flatMap(({ verb, key, keys: many }) => (verb === 'get' ? (many ?? [key]) : []));
    expect(keys).toEqual(['held', 'later']);
  },
);
