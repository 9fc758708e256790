/** `close()` and `destroy()` of a client, whatever its node does: calls settle, no connection and no timer is left. */
import { describe, expect, test } from 'vitest';
import { TimeoutError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { connect, expectNothingLeft, failure, startNode, within } from '../support/harness.ts';
import { afterProbe } from '../support/scripted-node.ts';
import { turnsFor, turnsUntil } from '../support/turns.ts';
import { calls, plain } from './client-calls.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];
/** What a slow machine may add. */
const margin = 1500;

describe.each(protocols)('%s', (protocol) => {
  test('close() waits for what is in flight, but not longer than its deadline', async () => {
    const node = await startNode(afterProbe(() => {}));
    const clock = new FakeClock();
    const { client } = connect(node, { protocol, timeout: 50, clock });
    const call = client.get('k').catch((error: unknown) => error);
    await turnsUntil(clock, () => node.commands.length > 0);
    let isClosed = false;
    const closing = client.close().finally(() => {
      isClosed = true;
    });
    await clock.advanceAsync(49);
    expect(isClosed).toBe(false);
    await clock.advanceAsync(1);
    expect(await call).toBeInstanceOf(TimeoutError);
    await turnsFor(clock, closing);
    await expectNothingLeft({ client, clock }, node);
  });

  test('close() drops a node that never ends its side', async () => {
    const node = await startNode();
    const test = connect(node, { protocol });
    await test.client.set('k', 1);
    for (const { socket } of node.connections) socket.removeAllListeners('end');
    await expectNothingLeft(test);
    // Our side is gone, not half-closed: what the node still sends is answered by a reset.
    const knock = async (): Promise<void> => {
      while (node.open > 0) {
        for (const connection of node.connections) connection.send('anybody there?');
        await new Promise(setImmediate);
      }
    };
    await within(1000, knock());
  });

  test('destroy() settles everything now', async () => {
    const node = await startNode(afterProbe(() => {}));
    const test = connect(node, { protocol, timeout: 60_000 });
    const attempts = Object.values(calls).map(async (call) => plain(await failure(call(test.client), margin)));
    await node.until(() => node.commands.length > 0);
    test.client.destroy();
    for (const error of await Promise.all(attempts)) expect(error.code).toBe('ERR_CLOSED');
    await expectNothingLeft(test, node);
  });

  test('destroy() while dialling settles everything now', async () => {
    const node = await startNode({ onConnection: (connection) => connection.mute() });
    const test = connect(node, { protocol, timeout: 60_000, connectTimeout: 60_000 });
    const attempts = Object.values(calls).map(async (call) => plain(await failure(call(test.client), margin)));
    await node.until(() => node.open > 0);
    test.client.destroy();
    for (const error of await Promise.all(attempts)) expect(error.code).toBe('ERR_CLOSED');
    await expectNothingLeft(test);
  });
});
