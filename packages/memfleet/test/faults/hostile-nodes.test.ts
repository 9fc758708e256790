/**
 * Nodes that do every bad thing a network and a server can do, over real sockets, for each protocol. Whatever happens:
 * every call settles within its deadline, with an error that says what happened, and `close()` leaves no connection, no
 * caller and no timer.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import type { Command } from '../../src/core/command.ts';
import {
  ConnectError,
  ConnectionClosedError,
  type MemcacheError,
  PartialResultError,
  ProtocolError,
  TimeoutError,
} from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { connect, deadAddress, expectNothingLeft, failure, startNode, within } from '../support/harness.ts';
import { afterProbe, isProbe, type NodeScript, type ScriptedConnection } from '../support/scripted-node.ts';
import { turnsFor, turnsUntil } from '../support/turns.ts';

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

/** Every method that talks to a node. */
const calls: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  get: (client) => client.get('k'),
  getWithCas: (client) => client.getWithCas('k'),
  getAndTouch: (client) => client.getAndTouch('k', 60),
  getMany: (client) => client.getMany(['k', 'l', 'm']),
  set: (client) => client.set('k', 'value'),
  add: (client) => client.add('k', 'value'),
  append: (client) => client.append('k', 'value'),
  cas: (client) => client.cas('k', 'value', 1n),
  setMany: (client) => client.setMany({ k: 1, l: 2 }),
  delete: (client) => client.delete('k'),
  deleteMany: (client) => client.deleteMany(['k', 'l']),
  incr: (client) => client.incr('k'),
  'incr with an initial value': (client) => client.incr('k', 1, { initial: 5 }),
  touch: (client) => client.touch('k', 60),
  flush: (client) => client.flush(),
  version: (client) => client.version(),
  serverStats: (client) => client.serverStats(),
};

/** The error behind a PartialResultError too. */
function plain(error: MemcacheError): MemcacheError {
  return error instanceof PartialResultError ? (error.cause as MemcacheError) : error;
}

type ErrorClass = abstract new (...args: never[]) => MemcacheError;

interface Fault {
  readonly name: string;
  readonly script: (protocol: Protocol) => NodeScript;
  readonly error: readonly ErrorClass[];
}

/** The beginning of what the node would answer; never all of it. */
function firstBytes(command: Command, connection: ScriptedConnection, share: number): Buffer {
  const bytes = connection.bytesFor(command);
  return bytes.subarray(0, Math.max(1, Math.floor((bytes.length - 1) * share)));
}

/** An answer to something else than what was asked: of another shape, or (binary) for another opaque. */
function answerOutOfTurn(protocol: Protocol): NodeScript {
  return afterProbe((command, connection) => {
    if (protocol === 'binary') {
      const bytes = connection.bytesFor(command);
      if (bytes.length >= 24) bytes.writeUInt32BE(0xdead, 12);
      connection.send(bytes);
    } else connection.send(command.verb === 'get' ? 'STORED\r\n' : 'VALUE other 0 1\r\nx\r\nEND\r\n');
  });
}

const faults: readonly Fault[] = [
  {
    name: 'a black hole that accepts and never replies',
    script: () => ({ onConnection: (connection) => connection.mute() }),
    error: [TimeoutError],
  },
  {
    name: 'a node that says what it speaks and then nothing more',
    script: () => afterProbe(() => {}),
    error: [TimeoutError, ConnectionClosedError],
  },
  {
    name: 'a node that resets every connection at once',
    script: () => ({ onConnection: (connection) => connection.reset() }),
    error: [ConnectError],
  },
  {
    name: 'a node that has too many connections',
    script: () => ({
      onConnection: (connection) => {
        connection.send('ERROR Too many open connections\r\n');
        connection.end();
      },
    }),
    error: [ConnectError],
  },
  {
    name: 'a reset in the header of a reply',
    script: () => afterProbe((command, connection) => connection.reset(firstBytes(command, connection, 0.2))),
    error: [ConnectionClosedError],
  },
  {
    name: 'a reset in the middle of a reply',
    script: () => afterProbe((command, connection) => connection.reset(firstBytes(command, connection, 0.7))),
    error: [ConnectionClosedError],
  },
  {
    name: 'an end in the middle of a reply',
    script: () =>
      afterProbe((command, connection) => {
        connection.send(firstBytes(command, connection, 0.7));
        connection.end();
      }),
    error: [ConnectionClosedError],
  },
  {
    name: 'an end before a reply (half-open: the node still reads)',
    script: () => afterProbe((_, connection) => connection.end()),
    error: [ConnectionClosedError],
  },
  {
    name: 'a reset before a reply',
    script: () => afterProbe((_, connection) => connection.reset()),
    error: [ConnectionClosedError],
  },
  {
    name: 'a reply that drips slower than the deadline',
    script: () => afterProbe((command, connection) => connection.drip(connection.bytesFor(command), 60)),
    error: [TimeoutError, ConnectionClosedError],
  },
  {
    name: 'garbage instead of a reply',
    script: () =>
      afterProbe((_, connection) => connection.send('\u0000\u0017garbage \u00ff\r\n\r\n\r\n0123456789abcdef')),
    error: [ProtocolError],
  },
  {
    name: 'an HTTP server',
    script: () => ({
      onConnection: (connection) => {
        connection.send('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
        connection.end();
      },
    }),
    error: [ProtocolError],
  },
  { name: 'a reply out of turn', script: answerOutOfTurn, error: [ProtocolError] },
];

describe.each(protocols)('%s', (protocol) => {
  describe.each(faults)('$name', ({ script, error }) => {
    test('every call settles in time, with an error that says what happened, and nothing is left', async () => {
      const node = await startNode(script(protocol));
      node.store.store.put(undefined, 'k', '7'.repeat(300), 0, 0, 0);
      // Where the fault itself ends the calls, the deadline must not pass first on a busy machine.
      const limit = error.includes(TimeoutError) ? timeout : 3000;
      const test = connect(node, { protocol, timeout: limit, connectTimeout: limit, ejectAfter: 1000 });
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
      const node = await startNode(script(protocol));
      const test = connect(node, { protocol, timeout: 40, connectTimeout: 40 });
      for (const call of [calls['set'], calls['get'], calls['getMany']]) {
        await failure((call as (client: Client) => Promise<unknown>)(test.client), 40 + margin);
      }
      await expectNothingLeft(test, node);
    });

    test('getOrSet passes the cache by', async () => {
      const node = await startNode(script(protocol));
      const test = connect(node, { protocol, timeout: 40, connectTimeout: 40 });
      expect(
        await within(
          80 + margin,
          test.client.getOrSet('k', () => 'loaded'),
        ),
      ).toBe('loaded');
      await expectNothingLeft(test, node);
    });
  });

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
