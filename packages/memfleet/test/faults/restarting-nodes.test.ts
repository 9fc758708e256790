/** Nodes that are not there, go and come back, and what they speak. */
import { describe, expect, test } from 'vitest';
import { ConnectError, TimeoutError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { connect, deadAddress, expectNothingLeft, failure, startNode, within } from '../support/harness.ts';
import { isProbe } from '../support/scripted-node.ts';
import { calls, plain } from './client-calls.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];
/** What a slow machine may add. */
const margin = 1500;

describe.each(protocols)('%s', (protocol) => {
  test('refused: every call fails at once, not at its deadline', async () => {
    const test = connect(await deadAddress(), { protocol, timeout: 5000, ejectAfter: 1000 });
    const attempts = Object.values(calls).map(async (call) => plain(await failure(call(test.client), margin)));
    for (const error of await Promise.all(attempts)) expect(error).toBeInstanceOf(ConnectError);
    await expectNothingLeft(test);
  });

  test('50 cold parallel calls make exactly one dial', async () => {
    const node = await startNode();
    const test = connect(node, { protocol, pool: { max: 10 } });
    await within(1000, Promise.all(Array.from({ length: 50 }, (_, i) => test.client.get(`k${i}`))));
    expect(node.connections.length).toBe(1);
    await expectNothingLeft(test, node);
  });

  test('a connection that the node closes while idle costs no call', async () => {
    const node = await startNode();
    const test = connect(node, { protocol });
    for (let round = 0; round < 3; round++) {
      await test.client.set('k', round);
      const gone = new Promise<void>((resolve) => {
        const off = test.client.on('disconnect', () => {
          off();
          resolve();
        });
      });
      for (const connection of node.connections) connection.end();
      await within(1000, gone);
      expect(await test.client.get('k')).toBe(round);
    }
    expect(test.client.stats().nodes[0]).toMatchObject({ state: 'alive', failures: 0, connects: 4 });
    await expectNothingLeft(test, node);
  });

  test('a node that goes up and down: every call settles, every value is the one that was written', async () => {
    const node = await startNode();
    const test = connect(node, {
      protocol,
      ejectTime: 20,
      ejectTimeMax: 20,
      timeout: 100,
      pool: { backoff: { initial: 1, max: 5 } },
    });
    let wrong = 0;
    const show = { isOver: false };
    const caller = async (name: number): Promise<void> => {
      for (let i = 0; !show.isOver; i++) {
        const key = `k${name}`;
        await within(
          100 + margin,
          test.client.set(key, `${key} ${i}`).catch(() => {}),
        );
        const value = await within(
          100 + margin,
          test.client.get<string>(key).catch(() => undefined),
        );
        if (value !== undefined && !value.startsWith(`${key} `)) wrong++;
        await new Promise(setImmediate);
      }
    };
    const callers = Array.from({ length: 8 }, (_, name) => caller(name));
    for (let round = 0; round < 4; round++) {
      const seen = node.connections.length;
      await within(
        2000,
        node.until(() => node.connections.length > seen || node.open > 0),
      );
      await node.down();
      await node.listen();
    }
    show.isOver = true;
    await Promise.all(callers);
    expect(wrong).toBe(0);
    await expectNothingLeft(test, node);
  });

  test('a node that comes back is used again', async () => {
    const node = await startNode();
    const test = connect(node, { protocol, ejectAfter: 1, ejectTime: 10, pool: { backoff: { initial: 1, max: 1 } } });
    await test.client.set('k', 1);
    const readmitted = new Promise((resolve) => {
      test.client.on('readmit', resolve);
    });
    await node.down();
    await failure(test.client.get('k'));
    await node.listen();
    await within(2000, readmitted);
    expect(await test.client.get('k')).toBe(1);
    expect(test.client.stats().nodes[0]?.state).toBe('alive');
    await expectNothingLeft(test, node);
  });
});

describe('detecting the protocol of a node', () => {
  test.each([
    ['text', ['text']],
    ['binary', ['binary']],
    ['meta', ['text', 'meta', 'binary']],
  ] as const)('%s is found', async (protocol, speaks) => {
    const node = await startNode({ speaks });
    const test = connect(node);
    expect(await test.client.set('k', 1)).toBe(true);
    expect(await test.client.get('k')).toBe(1);
    expect(test.client.stats().nodes[0]?.protocol).toBe(protocol);
    await expectNothingLeft(test, node);
  });

  test('a node that replies to no probe fails within the connect timeout', async () => {
    const node = await startNode({ onCommand: isProbe });
    const test = connect(node, { connectTimeout: 50, timeout: 5000, retry: false });
    const error = await failure(test.client.get('k'));
    expect(error).toBeInstanceOf(TimeoutError);
    expect((error as TimeoutError).phase).toBe('connect');
    await expectNothingLeft(test, node);
  });
});
