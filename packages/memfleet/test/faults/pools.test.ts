/** Pools at their bounds, and callers that do the wrong thing at the wrong time. */
import { describe, expect, test } from 'vitest';
import { AbortedError, ClosedError, TimeoutError } from '../../src/core/errors.ts';
import { connect, deadAddress, expectNothingLeft, failure, startNode, within } from '../support/harness.ts';
import { nextUncaught } from '../support/next-uncaught.ts';
import { afterProbe, isProbe } from '../support/scripted-node.ts';

describe('a pool', () => {
  test('maxInFlight 1: calls run one after another on up to max connections, none is lost', async () => {
    const node = await startNode();
    const test = connect(node, { timeout: 5000, pool: { maxInFlight: 1, max: 3 } });
    const values = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        await test.client.set(`k${i % 10}`, `k${i % 10}`);
        return test.client.get(`k${i % 10}`);
      }),
    );
    expect(values).toEqual(Array.from({ length: 200 }, (_, i) => `k${i % 10}`));
    expect(node.connections.length).toBeLessThanOrEqual(3);
    await expectNothingLeft(test, node);
  });

  test('exclusive: a connection has one call at a time', async () => {
    const node = await startNode();
    const busy = new Map<unknown, number>();
    let most = 0;
    node.script = {
      onCommand: (command, connection) => {
        if (isProbe(command, connection)) return false;
        busy.set(connection, (busy.get(connection) ?? 0) + 1);
        most = Math.max(most, busy.get(connection) as number);
        setImmediate(() => {
          busy.set(connection, (busy.get(connection) as number) - 1);
          connection.answer(command);
        });
        return true;
      },
    };
    const test = connect(node, { timeout: 5000, pool: { exclusive: true, max: 2 } });
    await Promise.all(Array.from({ length: 100 }, (_, i) => test.client.set(`k${i}`, i)));
    expect(most).toBe(1);
    expect(busy.size).toBe(2);
    await expectNothingLeft(test, node);
  });

  test('a connection that breaks under a full queue is replaced, and those who wait are served', async () => {
    const node = await startNode();
    const test = connect(node, { timeout: 3000, pool: { exclusive: true, max: 2 } });
    await Promise.all([test.client.get('a'), test.client.get('b')]);
    let isBroken = false;
    node.script = {
      onCommand: (_, connection) => {
        if (isBroken) return false;
        isBroken = true;
        connection.reset();
        return true;
      },
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => test.client.set(`k${i}`, i)));
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBe(1);
    expect(node.connections.length).toBe(3);
    await expectNothingLeft(test, node);
  });

  test('a connection that breaks while the other one hangs: those who wait get a new one', async () => {
    const node = await startNode();
    const test = connect(node, { retry: false, pool: { exclusive: true, max: 2 } });
    await Promise.all([test.client.get('a'), test.client.get('b')]);
    let count = 0;
    node.script = {
      onCommand: (command, connection) => {
        if (connection.index > 1) return false;
        // The first hangs, the second breaks.
        if (count++ > 0) connection.reset();
        return !isProbe(command, connection);
      },
    };
    const hanging = failure(test.client.get('hangs', { timeout: 300 }));
    const broken = failure(test.client.get('breaks'));
    const waiting = test.client.get('waits');
    expect(await waiting).toBe(undefined);
    expect((await broken).code).toBe('ERR_CONNECTION_CLOSED');
    expect(await hanging).toBeInstanceOf(TimeoutError);
    await expectNothingLeft(test, node);
  });

  test('no caller may wait (maxWaiting 0): the first callers are refused, but the connection is made', async () => {
    const node = await startNode();
    const test = connect(node, { pool: { maxWaiting: 0 } });
    const connected = new Promise((resolve) => {
      test.client.on('connect', resolve);
    });
    expect((await failure(test.client.get('k'))).code).toBe('ERR_QUEUE_FULL');
    await within(1000, connected);
    expect(await test.client.set('k', 1)).toBe(true);
    await expectNothingLeft(test, node);
  });

  test('a caller that gives up while it waits frees its place, and its command is never sent', async () => {
    const node = await startNode(afterProbe(() => {}));
    const test = connect(node, { timeout: 5000, pool: { exclusive: true, max: 1, maxWaiting: 3 } });
    const first = test.client.get('first', { timeout: 300 }).catch(() => {});
    await node.until(() => node.commands.length === 1);
    const controller = new AbortController();
    const givenUp = Array.from({ length: 3 }, () => test.client.set('given up', 1, { signal: controller.signal }));
    expect((await failure(test.client.get('one too many'))).code).toBe('ERR_QUEUE_FULL');
    controller.abort(new Error('changed my mind'));
    for (const call of givenUp) {
      const error = await failure(call);
      expect(error).toBeInstanceOf(AbortedError);
      expect((error.cause as Error).message).toBe('changed my mind');
    }
    const patient = test.client.get('patient');
    node.script = {};
    expect(await within(1500, patient)).toBe(undefined);
    await first;
    expect(node.commands.map(({ key }) => key)).toEqual(['first', 'patient']);
    await expectNothingLeft(test, node);
  });

  test('timeouts shorter than a round trip: every caller receives an error, the connection stays, later replies are right', async () => {
    const node = await startNode();
    const test = connect(node);
    await test.client.setMany(Array.from({ length: 20 }, (_, i) => [`k${i}`, i] as const));
    const late: (() => void)[] = [];
    node.script = afterProbe((command, connection) => {
      const bytes = connection.bytesFor(command);
      late.push(() => connection.send(bytes));
    });
    const calls = Array.from({ length: 20 }, (_, i) => failure(test.client.get(`k${i}`, { timeout: 1 })));
    const patient = Array.from({ length: 20 }, (_, i) => test.client.get(`k${i}`));
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(TimeoutError);
    await node.until(() => late.length === 40);
    for (const answer of late) answer();
    expect(await Promise.all(patient)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(node.connections.length).toBe(1);
    await expectNothingLeft(test, node);
  });

  test('a node that has no room for a second connection, but replies on the first, is not ejected', async () => {
    const node = await startNode({
      onConnection: (connection) => {
        if (connection.index === 0) return;
        connection.send('ERROR Too many open connections\r\n');
        connection.end();
      },
    });
    const test = connect(node, {
      timeout: 3000,
      ejectAfter: 1,
      pool: { maxInFlight: 1, max: 4, backoff: { initial: 1, max: 1 } },
    });
    await test.client.get('k');
    for (let round = 0; round < 5; round++)
      await Promise.all(Array.from({ length: 10 }, (_, i) => test.client.set(`k${i}`, i)));
    expect(test.client.stats().nodes[0]).toMatchObject({ state: 'alive', open: 1 });
    expect(test.client.stats().nodes[0]?.connectFailures).toBeGreaterThan(0);
    await expectNothingLeft(test, node);
  });

  test('small calls do not stand behind large values: the pool grows', async () => {
    const node = await startNode();
    const test = connect(node, { timeout: 5000, pool: { max: 4 } });
    const large = 'x'.repeat(900_000);
    await test.client.set('large', large);
    await test.client.set('small', 'small');
    const rounds = Array.from({ length: 40 }, async (_, i) => {
      if (i % 4 === 0) return (await test.client.get('large')) === large;
      return (await test.client.get('small')) === 'small';
    });
    expect((await Promise.all(rounds)).every(Boolean)).toBe(true);
    expect(node.connections.length).toBeLessThanOrEqual(4);
    await expectNothingLeft(test, node);
  });

  test.each(['meta', 'text', 'binary'] as const)(
    '%s: close() while large values come in finishes',
    async (protocol) => {
      const node = await startNode();
      const test = connect(node, { timeout: 5000, protocol, pool: { max: 1 } });
      const large = Buffer.alloc(1_000_000, 'x');
      await test.client.set('large', large);
      const calls = Array.from({ length: 5 }, () => test.client.get<Buffer>('large'));
      await expectNothingLeft(test, node);
      for (const value of await Promise.all(calls)) expect(value?.equals(large)).toBe(true);
    },
  );

  test.each(['meta', 'text', 'binary'] as const)(
    '%s: callers that wait behind a large value are served when it is read',
    async (protocol) => {
      const node = await startNode();
      const test = connect(node, { timeout: 3000, protocol, pool: { exclusive: true, max: 1 } });
      await test.client.set('large', Buffer.alloc(1_000_000, 'x'));
      const [large, small] = await Promise.all([test.client.get<Buffer>('large'), test.client.get('small')]);
      expect(large?.length).toBe(1_000_000);
      expect(small).toBe(undefined);
      await expectNothingLeft(test, node);
    },
  );

  test('close() during a dial: the calls that wait for it finish', async () => {
    const node = await startNode();
    const test = connect(node);
    const calls = [test.client.set('k', 1), test.client.get('k')];
    await expectNothingLeft(test, node);
    expect(await Promise.all(calls)).toEqual([true, 1]);
  });

  test('close() during a dial without waiting callers gives it up', async () => {
    const node = await startNode({ onConnection: (connection) => connection.mute() });
    const test = connect(node, { connectTimeout: 60_000, pool: { warmUp: true, min: 2 } });
    await within(
      1000,
      node.until(() => node.open === 2),
    );
    await expectNothingLeft(test, node);
  });

  test('calls after close() fail at once with ClosedError; close() and destroy() may be called again, in any order', async () => {
    const node = await startNode();
    const test = connect(node);
    await test.client.set('k', 1);
    const closings = [test.client.close(), test.client.close()];
    expect(await failure(test.client.get('k'))).toBeInstanceOf(ClosedError);
    expect(await failure(test.client.flush())).toBeInstanceOf(ClosedError);
    expect((await failure(test.client.getMany(['k']))).code).toMatch(/CLOSED|PARTIAL/);
    await Promise.all(closings);
    test.client.destroy();
    await test.client.close();
    test.client.destroy();
    expect(await failure(test.client.get('k'))).toBeInstanceOf(ClosedError);
    await expectNothingLeft(test, node);
  });

  test('destroy() inside of an event handler', async () => {
    for (const event of ['connect', 'disconnect', 'eject', 'topology'] as const) {
      const node = await startNode();
      const test = connect([node], { ejectAfter: 1 });
      test.client.on(event, () => test.client.destroy());
      await test.client.get('k').catch(() => {});
      if (event === 'topology') test.client.setNodes([node.address, await deadAddress()]);
      node.script = {
        onCommand: (_, connection) => {
          connection.reset();
          return true;
        },
      };
      const outcome = await within(
        1000,
        test.client.get('k').catch((error: unknown) => error),
      );
      expect(outcome).toBeInstanceOf(Error);
      await expectNothingLeft(test, node);
    }
  });

  test('a listener that throws is reported and affects no call', async () => {
    const node = await startNode();
    const test = connect(node);
    const thrown = nextUncaught();
    test.client.on('connect', () => {
      throw new Error('from a listener');
    });
    expect(await test.client.set('k', 1)).toBe(true);
    expect(((await thrown) as Error).message).toBe('from a listener');
    await expectNothingLeft(test, node);
  });
});
