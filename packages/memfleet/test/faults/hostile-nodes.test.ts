/**
 * Nodes that do every bad thing a network and a server can do, over real sockets, for each protocol. Whatever happens:
 * every call settles within its deadline, with an error that says what happened, and `close()` leaves no connection, no
 * caller and no timer.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { type MemcacheError, ProtocolError, TimeoutError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { connect, expectNothingLeft, failure, startNode, within } from '../support/harness.ts';
import { isProbe } from '../support/scripted-node.ts';
import { calls, plain } from './client-calls.ts';
import { faults, startHostile } from './hostile-faults.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];
const timeout = 120;
/** What a slow machine may add. */
const margin = 1500;

/** Node warns of listeners that pile up, and of timers that overflow. */
const warnings: string[] = [];
const onWarning = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
beforeAll(() => void process.on('warning', onWarning));
afterAll(() => {
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

describe.each(protocols)('%s', (protocol) => {
  describe.each(faults)('$name', ({ fault, error }) => {
    test('every call settles in time, with an error that says what happened, and nothing is left', async () => {
      const node = await startHostile(fault(protocol), 'k');
      // Where the fault itself ends the calls, the deadline must not pass first on a busy machine.
      const limit = error.includes(TimeoutError) ? timeout : 3000;
      const test = connect(node.address, { protocol, timeout: limit, connectTimeout: limit, ejectAfter: 1000 });
      const attempts = Object.entries(calls).map(async ([name, call]) => {
        const cause = plain(await failure(call(test.client), limit + margin));
        const isOne = error.some((kind) => cause instanceof kind);
        expect({ name, error: isOne ? 'as it should' : cause, node: cause.node }).toEqual({
          name,
          error: 'as it should',
          node: node.address,
        });
      });
      await Promise.all(attempts);
      await expectNothingLeft(test, node);
    });

    test('one call after another settles as well', async () => {
      const node = await startHostile(fault(protocol), 'k');
      const test = connect(node.address, { protocol, timeout: 40, connectTimeout: 40 });
      for (const call of [calls['set'], calls['get'], calls['getMany']]) {
        await failure((call as (client: Client) => Promise<unknown>)(test.client), 40 + margin);
      }
      await expectNothingLeft(test, node);
    });

    test('getOrSet passes the cache by', async () => {
      const node = await startHostile(fault(protocol), 'k');
      const test = connect(node.address, { protocol, timeout: 40, connectTimeout: 40 });
      expect(
        await within(
          80 + margin,
          test.client.getOrSet('k', () => 'loaded'),
        ),
      ).toBe('loaded');
      await expectNothingLeft(test, node);
    });
  });

  test('a reply without a request ends the connection, not the process', async () => {
    const node = await startNode();
    const test = connect(node, { protocol });
    await test.client.set('k', 1);
    const gone = new Promise<MemcacheError | undefined>((resolve) => {
      test.client.on('disconnect', ({ error }) => resolve(error));
    });
    const extra = protocol === 'binary' ? Buffer.from(`81${'00'.repeat(23)}`, 'hex') : Buffer.from('STORED\r\n');
    node.connections[0]?.send(extra);
    expect(await within(1000, gone)).toBeInstanceOf(ProtocolError);
    expect(await test.client.get('k')).toBe(1);
    await expectNothingLeft(test, node);
  });

  test('a late reply is swallowed: the next call on the connection gets its own', async () => {
    const late: (() => void)[] = [];
    const node = await startNode();
    const test = connect(node, { protocol, retry: false });
    await test.client.setMany({ slow: 'slow value', quick: 'quick value', nothing: 'x' });
    node.script = {
      onCommand: (command, connection) => {
        const bytes = connection.bytesFor(command);
        late.push(() => connection.send(bytes));
        return true;
      },
    };
    expect(await failure(test.client.get('slow', { timeout: 30 }))).toBeInstanceOf(TimeoutError);
    const quick = test.client.get('quick');
    const many = test.client.getMany(['slow', 'none', 'quick']);
    const gone = test.client.delete('nothing');
    await node.until(() => late.length >= (protocol === 'binary' ? 7 : 4));
    for (const answer of late) answer();
    expect(await quick).toBe('quick value');
    expect(await many).toEqual(
      new Map([
        ['slow', 'slow value'],
        ['quick', 'quick value'],
      ]),
    );
    expect(await gone).toBe(true);
    expect(node.connections.length).toBe(1);
    await expectNothingLeft(test, node);
  });

  test('a node that does not read: large values time out, nothing piles up, and the client recovers when it is replaced', async () => {
    const node = await startNode({ onConnection: ({ index, socket }) => void (index < 2 && socket.pause()) });
    const test = connect(node, { protocol, timeout: 100, connectTimeout: 100, ejectAfter: 1000, pool: { max: 1 } });
    for (let round = 0; round < 2; round++) {
      const value = Buffer.alloc(1_000_000);
      await Promise.all(Array.from({ length: 20 }, (_, i) => failure(test.client.set(`k${i}`, value))));
    }
    let isStored = false;
    while (!isStored) isStored = await test.client.set('k', 1).catch(() => false);
    for (const { socket } of node.connections) socket.resume();
    await expectNothingLeft(test, node);
  });

  test('a node that trickles bytes for ever: the connection is given up when its pipeline is full of the dead', async () => {
    const node = await startNode();
    node.store.store.put(undefined, 'k', 'x'.repeat(100_000), 0, 0, 0);
    node.script = {
      onCommand: (command, connection) => {
        if (connection.index > 0 || isProbe(command, connection)) return false;
        connection.drip(connection.bytesFor(command), 1);
        return true;
      },
    };
    const test = connect(node, { protocol, retry: false, ejectAfter: 1000, pool: { max: 1, maxInFlight: 5 } });
    for (let i = 0; i < 5; i++)
      expect((await failure(test.client.get('k', { timeout: 100 }))).code).toBe('ERR_TIMEOUT');
    expect(await test.client.set('k', 1)).toBe(true);
    expect(node.connections.length).toBe(2);
    await expectNothingLeft(test, node);
  });
});
