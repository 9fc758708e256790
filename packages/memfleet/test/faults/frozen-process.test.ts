/**
 * A process that was stopped (SIGSTOP, a suspended machine) or whose event loop was held up, while nodes closed its
 * idle connections: its timers fire before it has read so. What it asks for first goes out on new connections; nothing
 * was written to the old ones, so nothing can be lost or done twice.
 */
import { expect, test } from 'vitest';
import { type Clock, systemClock, type Timer } from '../../src/base/clock.ts';
import type { Client } from '../../src/client/index.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { connect, startNode } from '../support/harness.ts';
import type { ScriptedNode } from '../support/scripted-node.ts';

/** The real clock, which can be set on: as after a while in which the process did not run. */
class FrozenClock implements Clock {
  #frozen = 0;

  freeze(ms: number): void {
    this.#frozen += ms;
  }

  now(): number {
    return systemClock.now() + this.#frozen;
  }

  unixSeconds(): number {
    return systemClock.unixSeconds();
  }

  setTimer(ms: number, callback: () => void, keepAlive?: boolean): Timer {
    return systemClock.setTimer(ms, callback, keepAlive);
  }

  afterTurn(callback: () => void): void {
    systemClock.afterTurn(callback);
  }
}

/**
 * In one turn of the event loop: the process wakes up, the node's ends are there unread, and a timer makes the calls.
 */
function wakeUp<T>(clock: FrozenClock, node: ScriptedNode, end: 'end' | 'reset', calls: () => T): Promise<T> {
  return new Promise((resolve) => {
    setTimeout(() => {
      clock.freeze(4000);
      for (const connection of node.connections) {
        connection.mute();
        // Both are with the kernel when they return.
        if (end === 'end') connection.socket.destroy();
        else connection.socket.resetAndDestroy();
      }
      resolve(calls());
    });
  });
}

const tenOfEach = (client: Client): Promise<unknown>[] =>
  Array.from({ length: 10 }, (_, n) => [client.set(`k${n}`, n), client.get(`k${n}`)]).flat();
const all = Array.from({ length: 10 }, (_, n) => [true, n]).flat();

const protocols: readonly (Protocol | 'auto')[] = ['auto', 'meta', 'text', 'binary'];

for (const protocol of protocols) {
  for (const end of ['end', 'reset'] as const) {
    test(`${protocol}, ${end}: the first sets and gets succeed, though retries are off, and in order`, async () => {
      const node = await startNode();
      const clock = new FrozenClock();
      const { client } = connect(node, { protocol, clock, retry: false });
      await client.set('k', 1);
      const calls = await wakeUp(clock, node, end, () => tenOfEach(client));
      expect(await Promise.all(calls)).toEqual(all);
      expect(node.connections).toHaveLength(2);
      expect(client.stats().nodes[0]).toMatchObject({ state: 'alive', timeouts: 0 });
    });
  }
}

test('of a pool of several connections, all of which have ended, too', async () => {
  const node = await startNode();
  const clock = new FrozenClock();
  const { client } = connect(node, { clock, retry: false, pool: { exclusive: true, min: 4, max: 4, warmUp: true } });
  await Promise.all(Array.from({ length: 8 }, (_, n) => client.set(`k${n}`, 1)));
  const calls = await wakeUp(clock, node, 'end', () => tenOfEach(client));
  expect((await Promise.all(calls)).filter((result) => result === true)).toHaveLength(10);
});

test('a connection that was used lately fails what it has: a node that went away under it is another matter', async () => {
  const node = await startNode();
  const clock = new FrozenClock();
  const { client } = connect(node, { clock, retry: false });
  await client.set('k', 1);
  clock.freeze(-4000);
  const [call] = await wakeUp(clock, node, 'end', () => [client.set('k', 2)]);
  await expect(call).rejects.toMatchObject({ code: 'ERR_CONNECTION_CLOSED' });
});
